"""Imports every domain's tables once, so that `Base.metadata` is complete (Alembic, tests)."""

from dms.access import models as access
from dms.audit import models as audit
from dms.db import Base
from dms.identity import models as identity
from dms.intake import models as intake
from dms.jobs import models as jobs
from dms.payables import models as payables
from dms.records import models as records

__all__ = ["Base", "access", "audit", "identity", "intake", "jobs", "payables", "records"]

"""What a server has loaded is none of the garbage collector's business."""

import gc

from dms.cli.serve import settle


def test_the_collector_leaves_what_was_loaded_alone() -> None:
    tracked = len(gc.get_objects())
    try:
        settle()
        assert gc.get_freeze_count() > tracked / 2
        assert len(gc.get_objects()) < tracked / 2
    finally:
        gc.unfreeze()

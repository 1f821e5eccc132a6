"""The jail tasks that this application runs on untrusted bytes, by name."""

from dms.jail import ARCHIVE, PAGE, PARSE, JailTask

JAIL_TASKS = {
    "identify": JailTask("dms.intake.content:identify", PARSE),
    "office_text": JailTask("dms.intake.office:extract_text", PARSE),
    "describe": JailTask("ocr.tasks:describe", PARSE),
    "text_layer": JailTask("ocr.tasks:read_text_layer", PARSE),
    "read_page": JailTask("dms.intake.recognising:read_page", PAGE, warm_up="ocr.tasks:warm_up"),
    "take_pages": JailTask("ocr.tasks:take_pages", ARCHIVE),
    "join_files": JailTask("ocr.tasks:join_files", ARCHIVE),
    "make_archive": JailTask("ocr.tasks:make_archive", ARCHIVE, warm_up="ocr.archive:warm_up"),
    "render_page": JailTask("ocr.tasks:render_page", PARSE),
    "read_einvoice": JailTask("invoicing.tasks:read_einvoice", PARSE),
    "check_einvoice": JailTask("invoicing.tasks:check", PARSE),
    "check_einvoices": JailTask("invoicing.tasks:check_row", PARSE),
    "render_view": JailTask("invoicing.tasks:render_view", PARSE),
    "xml_text": JailTask("invoicing.tasks:xml_text", PARSE),
}

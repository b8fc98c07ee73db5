"""The authors' workshop: templates, drafts in the editor with all that follows, versions."""

from fastapi import APIRouter

from api.pages.workshop import drafts, gallery, migrating, migration_report, versions

router = APIRouter()
for module in (gallery, drafts, versions, migrating, migration_report):
    router.include_router(module.router)

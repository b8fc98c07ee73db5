"""The authors' workshop: templates, drafts in the editor with all that follows, versions."""

from fastapi import APIRouter

from api.pages.workshop import drafts, gallery, versions

router = APIRouter()
for module in (gallery, drafts, versions):
    router.include_router(module.router)

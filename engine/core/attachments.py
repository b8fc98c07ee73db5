"""Files with a card, beside its fields or in them; only what was uploaded can be named."""

from collections.abc import Iterable

from engine.core.commands import AttachFiles, DetachFile
from engine.core.events import FileDetached, FilesAttached
from engine.core.facts import Question, UploaderOf, answer
from engine.core.reasons import Reason, ReasonCode
from engine.core.rights import Deed, reasons_against_deed
from engine.core.story import Story
from pipes.files import FileReference
from pipes.identifiers import FieldId

MOST_ATTACHMENTS = 200


def questions_files(files: Iterable[FileReference]) -> set[Question]:
    """What has to be known before these files can be named."""
    return {UploaderOf(file=file) for file in files}


def questions_attach(wish: AttachFiles) -> set[Question]:
    """What has to be known before files can be attached."""
    return questions_files(wish.files)


def decide_attach(story: Story, wish: AttachFiles) -> None:
    """Attaches uploaded files; those that are attached already stay as they are."""
    card = story.card
    story.against(reasons_against_deed("attach", story.command.actor, story.facts.actor, card))
    there = {each.file.id for each in card.files}
    new = tuple(file for file in dict.fromkeys(wish.files) if file.id not in there)
    story.against(reasons_against_files(story, new))
    if len(card.files) + len(new) > MOST_ATTACHMENTS:
        message = f"A card has at most {MOST_ATTACHMENTS} files besides those in its fields."
        story.against([Reason(code=ReasonCode.TOO_MANY_FILES, message=message)])
    if not story.reasons and new:
        story.happens(FilesAttached(files=new))


def decide_detach(story: Story, wish: DetachFile) -> None:
    """Takes an attached file away: one's own, or whatever one may as somebody who works on it."""
    card, actor = story.card, story.command.actor
    found = next((each for each in card.files if each.file.id == wish.file), None)
    deed: Deed = "attach" if found is not None and found.by == actor else "detach"
    story.against(reasons_against_deed(deed, actor, story.facts.actor, card))
    if found is None:
        message = "There is no such file with this card."
        story.against([Reason(code=ReasonCode.UNKNOWN_FILE, message=message)])
    elif not story.reasons:
        story.happens(FileDetached(file=found.file))


def reasons_against_files(
    story: Story, files: Iterable[FileReference], field: FieldId | None = None
) -> Iterable[Reason]:
    """Whether the files are kept here, and were uploaded by whoever names them.

    What an automation copies from card to card somebody has uploaded before.
    """
    actor = story.command.actor
    for file in files:
        uploader = answer(story.facts.uploaders, UploaderOf(file=file))
        copies = actor.kind in ("automation", "engine") and uploader is not None
        if not copies and uploader != actor.id:
            message = f"“{file.name[:80]}” has not been uploaded by you: upload it first."
            yield Reason(code=ReasonCode.UNKNOWN_FILE, message=message, field=field)

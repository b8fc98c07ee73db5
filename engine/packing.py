"""Cards, events and messages as JSON, packed: deflated with a dictionary of usual words.

An ordinary card of 1.1 KB takes 0.2 KB so, an event of 250 bytes 100. A packed
text says which dictionary it needs: those here never change, another may be added.
"""

import zlib

# Deflate finds what stands nearest to the end the most cheaply: the usual comes last.
_FIRST_WORDS = (
    b'"files":[{"file":{"id":"","name":"","size":,"type":"image/png"},"by":"","at":""}],"archived":'
    b'"archived":{},"earlier":[{"key":"","first":,"last":}]'
    b'"handoff":{"source":"","team":"","since":"","assignees":["","reminders":0,"is_queued":false}'
    b'"pending":{"transition":"","requester":"","requested_at":"","comment":null,"stage":0,'
    b'"stage_opened_at":"","need":"all","approvers":[],"decisions":[{"in_name_of":"","by":"",'
    b'"approves":true,"at":"","comment":null}],"is_escalated":false,"passed":[{"stage":0,'
    b'"hold":{"since":"","by":"","reason":""},"status":"done","status":"cancelled","finished_at":"20'
    b'"timers":[{"transition":"","at":"","passed":false}],"asked":[""],"before":"","returns":1'
    b'"state":"paused","paused_because":"hold","stopped_at":"20","state":"stopped","state":"breached"'
    b',"has_warned":true,"is_breached":true,"pauses":[{"since":"","until":""}],"began_with":'
    b'"steps":[{"at":0,"do":[{"notify":"","label":"late"}]}],"calendar":"office","quiet":"outside"'
    b'"clock_kind":"pipe","clocks":{"pipe":{"id":"pipe","clock_kind":"pipe","state":"running"'
    b'"priority":"high","priority":"urgent","labels":["","assignees":["","due":"20'
    b'"wish":{"transition":"","values":{},"comment":null,"kind":"move_card"},"seen_version":'
    b'{"begin":{"command":{"key":"","actor":{"kind":"user","id":""},"wish":{"card":"","number":1,'
    b'"definition_version":1,"definition_hash":"","values":{},"kind":"create_card"},'
    b'"seen_version":null,"chain":[]},"facts":{"as_of":"2026-01-01T00:00:00.000000Z","today":"2026'
    b'","actor":{"user":"","installation_role":"member","pipe_role":"member","roles":[],"teams":[],'
    b'"leads":[],"acts_for":[]},"rooms":[],"unique":[],"deadlines":[],"times_left":[],"people":[],'
    b'"children":[],"schedules":[{"question":{"calendar":null,"target":"3d","marks":[],"left":null,'
    b'"measured":[],"quiet":null,"kind":"schedule_of"},"answer":{"seconds":259200.0,"left":259200.0'
    b',"deadline":"2026-01-01T00:00:00.000000Z","moments":[]}}],"members":[],"next_ones":[],'
    b'"openings":[],"texts":[],"absent":[],"uploaders":[]},"definition":{"version":1,"hash":"",'
    b'"packed":""},"kind":"creation"},"limits":{"events":1000,"commands":120}}'
    b'"deed":{"key":"user:","first":1,"last":2},"confirmed":{"sequence":0,"digest":""},'
    b'"unrecorded":[{"sequence":1,"at":"2026-01-01T00:00:00.000000Z","actor":{"kind":"user","id":""'
    b'},"command":"user:","body":{"card":"","key":"","pipe":"","definition_version":1,'
    b'"definition_hash":"","phase":"","title":"","values":{"":""},"behaviour":1,'
    b'"kind":"card.created"},"chain":[]},{"sequence":,"body":{"transition":"","source":"","target":"'
    b'","kind":"card.moved"},"body":{"clock":"phase:","kind":"clock.stopped"},"chain":[]},"body":{'
    b'"clock":"phase:","clock_kind":"phase","target":"3d","deadline":"2026-01-01T00:00:00.000000Z",'
    b'"calendar":null,"quiet":null,"seconds":259200.0,"steps":[],"since":null,'
    b'"kind":"clock.started"},"chain":[]}]}'
    b'"kind":"automation","kind":"engine","kind":"public","id":""},'
    b'{"version":1,"updated_at":"2026-01-01T00:00:00.000000Z","identity":{"id":"","key":"","pipe":"",'
    b'"creator":{"kind":"user","id":""},"created_at":"2026-01-01T00:00:00.000000Z","behaviour":1},'
    b'"pin":{"version":1,"hash":""},"stay":{"phase":"","entered_at":"2026-01-01T00:00:00.000000Z",'
    b'"visit":1,"before":null,"timers":[],"asked":[]},"life":{"status":"open","hold":null,'
    b'"finished_at":null,"returns":0},"work":{"title":"","assignees":[],"labels":[],'
    b'"priority":"normal","due":null},"values":{"":""},"clocks":{"phase:":{"id":"phase:",'
    b'"clock_kind":"phase","state":"running","started_at":"2026-01-01T00:00:00.000000Z","target":"3d",'
    b'"deadline":"2026-01-01T00:00:00.000000Z","calendar":null,"quiet":null,"seconds":259200.0,'
    b'"remaining_seconds":null,"paused_because":null,"stopped_at":null,"steps":[],'
    b'"has_warned":false,"is_breached":false,"pauses":[],"began_with":259200.0,"anchor":null}},'
    b'"pending":null,"handoff":null,"complete":[],"files":[],"archived":{},"earlier":[]}'
)
# The same; what events say, as they are written down, the names of their parts in order; and again
# a card with an office's clock, and the events of every card.
_WORDS = _FIRST_WORDS + (
    b'{"action":"","automation":"","kind":"action.refused","reasons":[""]}{"automation":"",'
    b'"kind":"button.pressed","label":""}{"connection":"","kind":"children.done"}'
    b'{"cards":,"kind":"phase.over_limit","limit":,"phase":""}{"kind":"card.resumed"}'
    b'{"file":{"id":"","name":"","size":,"type":"image/png"},"kind":"file.detached"}'
    b'{"files":[{"id":"","name":"","size":,"type":"application/pdf"}],"kind":"files.attached"}'
    b'{"kind":"email.received","sender":"","subject":""}{"kind":"card.held","reason":""}'
    b'{"kind":"card.cancelled","reason":""}{"kind":"card.done"}{"kind":"timer.passed","transition":"'
    b'"kind":"card.reopened","reason":"","source":"","target":""}{"before":"normal",'
    b'"kind":"card.prioritized","priority":"high"}{"before":"20","due":"20","kind":"card.due_changed"}'
    b'{"before":[""],"kind":"card.labelled","labels":[""]}{"assignees":[""],"before":[""],'
    b'"kind":"card.assigned"}{"kind":"people.notified","text":"","to":[""]}{"due":"20","kind":"timer.'
    b'set","transition":""}{"comment":"","in_name_of":"","kind":"approval.refused","stage":"'
    b'{"in_name_of":"","kind":"approval.given","stage":""}{"kind":"approval.approved","transition":"'
    b'{"kind":"approval.stage_passed","stage":""}{"approvers":[""],"changed":[""],"kind":"approval.'
    b'stage_opened","name":"","need":"all","stage":"","transition":""}{"comment":"","kind":"approval.'
    b'requested","transition":""}{"clock":"phase:","deadline":"20","due":"20","kind":"sla.warning",'
    b'"late":true,"mark":""}{"clock":"phase:","deadline":"20","kind":"sla.breached"}{"clock":"phase:'
    b'","due":"20","kind":"sla.escalated","nth":1,"notify":[""],"step":0}{"clock":"phase:","kind":'
    b'"clock.paused","reason":"hold","remaining_seconds":}{"kind":"comment.added","mentions":[""],'
    b'"text":""}{"changes":[{"after":"","before":"","field":""}],"kind":"field.changed","title":""}'
    b'{"comment":"","kind":"card.moved","source":"","target":"","transition":""}'
    b'{"clock":"phase:","kind":"clock.stopped","outcome":"met","remaining_seconds":}'
    b'{"version":2,"updated_at":"2026-01-01T00:00:00.000000Z","identity":{"id":"01","key":"","pipe":"'
    b'","creator":{"kind":"user","id":""},"created_at":"2026-01-01T00:00:00.000000Z","behaviour":1},'
    b'"pin":{"version":1,"hash":""},"stay":{"phase":"","entered_at":"2026-01-01T00:00:00.000000Z",'
    b'"visit":1,"before":null,"timers":[],"asked":[]},"life":{"status":"open","hold":null,'
    b'"finished_at":null,"returns":0},"work":{"title":"","assignees":[],"labels":[],'
    b'"priority":"normal","due":null},"values":{"":""},"clocks":{"phase:":{"id":"phase:",'
    b'"clock_kind":"phase","state":"running","started_at":"2026-01-01T00:00:00.000000Z","target":"3d"'
    b',"deadline":"2026-01-01T00:00:00Z","calendar":"office","quiet":null,"seconds":259200.0,'
    b'"remaining_seconds":null,"paused_because":null,"stopped_at":null,"steps":[{"step_kind":'
    b'"escalation","index":0,"at":"2026-01-01T00:00:00Z","mark":{"at":"+0s","every":null,"nth":0}}],'
    b'"has_warned":false,"is_breached":false,"pauses":[],"began_with":259200.0,"anchor":null}},'
    b'"pending":null,"handoff":null,"complete":[],"files":[],"archived":{},"earlier":[]}'
    b'{"calendar":"office","clock":"phase:","clock_kind":"phase","deadline":"2026-01-01T00:00:00Z",'
    b'"kind":"clock.started","seconds":259200,"steps":[{"at":"2026-01-01T00:00:00Z","index":0,'
    b'"mark":{"at":"+0s"},"step_kind":"escalation"}],"target":"3d"}{"card":"01","definition_hash":"",'
    b'"definition_version":1,"key":"","kind":"card.created","phase":"","pipe":"","title":"",'
    b'"values":{"":""}}'
)
# In no more time than the quickest takes, as texts are short.
_LEVEL = 6
# By its first byte a text says which words it was packed with; a stream of zlib's begins with 0x78.
_MARK, _FIRST_MARK = b"\x01", b"\x78"
_BARE = -zlib.MAX_WBITS
# Made once, as it takes longer to learn the words than to pack a card; and small, as each copy is
# memory of its own: a window of twice the words, and tables for half of what is usual.
_PACKING = zlib.compressobj(_LEVEL, zlib.DEFLATED, -14, 7, zdict=_WORDS)


def packed(text: str) -> bytes:
    """The text, packed."""
    packing = _PACKING.copy()
    return _MARK + packing.compress(text.encode()) + packing.flush()


def unpacked(content: bytes) -> str:
    """The text that was packed.

    Raises:
        ValueError: It was not, or by a version that knows other words.
    """
    match content[:1]:
        case mark if mark == _MARK:
            return _inflated(content[1:], zlib.decompressobj(_BARE, zdict=_WORDS))
        case mark if mark == _FIRST_MARK:
            return _inflated(content, zlib.decompressobj(zdict=_FIRST_WORDS))
        case _:
            raise ValueError("It is packed with words that this version does not know.")


def _inflated(content: bytes, unpacking: "zlib._Decompress") -> str:
    try:
        text = unpacking.decompress(content).decode()
    except (zlib.error, UnicodeError) as error:
        raise ValueError(f"What was packed cannot be read: {error}.") from None
    if not unpacking.eof:
        raise ValueError("The end of what was packed is missing.")
    return text

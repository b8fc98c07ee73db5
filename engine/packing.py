"""Cards and messages about them as JSON, packed: deflated with a dictionary of usual words.

An ordinary card of 1.1 KB takes 0.2 KB so. A packed text names its dictionary by its checksum: the
one here never changes, another may be added.
"""

import zlib
from collections.abc import Mapping

# Deflate finds what stands nearest to the end the most cheaply: the usual comes last.
_WORDS = (
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
_DICTIONARIES: Mapping[int, bytes] = {zlib.adler32(_WORDS): _WORDS}
_LEVEL = 1
# A stream that was made with a dictionary names it behind its first two bytes.
_NAMED = slice(2, 6)


def packed(text: str) -> bytes:
    """The text, packed."""
    packing = zlib.compressobj(_LEVEL, zdict=_WORDS)
    return packing.compress(text.encode()) + packing.flush()


def unpacked(content: bytes) -> str:
    """The text that was packed.

    Raises:
        ValueError: It was not, or by a version that knows other words.
    """
    words = _DICTIONARIES.get(int.from_bytes(content[_NAMED]))
    if words is None:
        raise ValueError("It is packed with words that this version does not know.")
    unpacking = zlib.decompressobj(zdict=words)
    try:
        text = unpacking.decompress(content).decode()
    except zlib.error as error:
        raise ValueError(f"It cannot be unpacked: {error}.") from None
    if not unpacking.eof:
        raise ValueError("The end of what was packed is missing.")
    return text

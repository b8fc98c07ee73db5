// What every page loads: htmx, live updates by server-sent events, and morphing swaps.
import "./parts/htmx";
import "htmx-ext-sse";
import "idiomorph/htmx";

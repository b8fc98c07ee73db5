// List, calendar and roadmap: cards open over them, and what others change appears.
import { openCardsOver } from "./parts/over";
import { applyEarlyChoices, followView, keepFilterInAddress } from "./parts/others";

openCardsOver();
followView();
keepFilterInAddress();
applyEarlyChoices();

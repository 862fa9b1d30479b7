"""Where everything stands. Colours are those of the palette."""

from __future__ import annotations

WIDE = 112  # columns from which on the pane stands beside the list

CSS = """
Screen { background: $background; color: $foreground; layers: base; }
Bar { height: 1; }
#body { layout: vertical; height: 1fr; }
Listing, Pane {
    height: 1fr; background: $background; scrollbar-size-vertical: 1; overflow-x: hidden;
    scrollbar-gutter: stable;
}
#list { height: 3fr; }
#side { height: 2fr; min-height: 5; }
.-wide #body { layout: horizontal; }
.-wide #list { width: 3fr; height: 1fr; }
.-wide #side { width: 2fr; height: 1fr; min-width: 44; border-left: solid $panel; }
.full #list { display: none; }
.full #side { height: 1fr; width: 1fr; border-left: none; }
#message { display: none; height: auto; max-height: 3; padding: 0 1; background: $surface; }
#message.shown { display: block; }
#message.bad { color: $error; }
#message.good { color: $success; }
#find { display: none; }
#find.shown { display: block; }
Input, Input:focus { height: 1; border: none; padding: 0 1; background: $surface; color: $foreground; }
Input > .input--suggestion, Input > .input--placeholder { text-style: dim; color: $foreground; }
ModalScreen { align: center middle; background: $background 40%; }
ModalScreen:ansi { background: transparent; }
#dialog {
    width: 68; max-width: 94%; height: auto; max-height: 94%; padding: 1 2; background: $dialog;
    border: round $edge;
}
#dialog.large { width: 74; padding: 0 2; }
#dialog VerticalScroll { height: auto; max-height: 20; scrollbar-size-vertical: 1; }
#dialog #about { max-height: 8; }
#title { text-style: bold; }
.label { margin-top: 1; color: $foreground; text-style: dim; }
#wrong { color: $error; height: auto; }
#dialog #keys { margin-top: 1; text-style: dim; height: auto; max-height: 4; background: transparent; }
"""

"""From a matplotlib figure to a small SVG that lives inside the page and follows its colours.

matplotlib writes for stand-alone files: global styles, ids that repeat from figure to figure, one
element a tick. Inside a page ids must be unique, styles local, and some sixty figures small.
"""

from __future__ import annotations

import io
import re
from xml.etree import ElementTree as ET

from markupsafe import Markup, escape

from calobench.report.figures.axes import Canvas
from calobench.report.figures.style import CSS_COLOURS
from calobench.report.labels import parts

__all__ = ["inline_svg"]

Element = ET.Element

# How far an index is lowered, and the line raised after it, in sizes of their own fonts.
_BELOW, _BACK = ".3em", "-.234em"

_SVG = "{http://www.w3.org/2000/svg}"
_HREF = "{http://www.w3.org/1999/xlink}href"
_NUMBER = re.compile(r"-?\d+\.\d+(?:e-?\d+)?")
_REFERENCE = re.compile(r"url\(#([^)]+)\)")
_TICK = re.compile(r"M 0 0 L (-?[\d.]+) (-?[\d.]+)")
_IDLE_ROTATION = re.compile(r"rotate\(-?0 [^)]*\)")
# What the style sheet of the page says once for all figures, or what is the default.
_DROPPED = re.compile(r"font-family: [^;]*|stroke-linejoin: \w+|stroke-linecap: \w+|fill-rule: \w+")


def inline_svg(figure: Canvas, key: str, description: str) -> Markup:
    """Render ``figure`` for inlining.

    Args:
        figure: drawn in the placeholder colours of ``figures.style``.
        key: unique in the page; prefix of all ids.
        description: what is seen, in words, for those who do not see it.
    """
    stream = io.StringIO()
    figure.get_figure(root=True).savefig(
        stream, format="svg", metadata={"Date": None}, transparent=True
    )
    root = ET.fromstring(stream.getvalue())
    _unwrap(root)
    _merge_ticks(root)
    _rename_ids(root, key)
    for element in root.iter():
        element.tag = element.tag.removeprefix(_SVG)
        element.text = element.text.strip() if element.text and element.tag == "text" else None
        element.tail = None
        _shorten(element)
    for element in list(root.iter("text")):
        _lower_indices(element)
    _share_styles(root)
    body = "".join(ET.tostring(child, encoding="unicode") for child in root)
    return Markup('<svg class="plot" viewBox="{}" role="img" aria-label="{}">{}</svg>').format(
        root.get("viewBox"), escape(description), Markup(body)
    )


def _lower_indices(text: Element) -> None:
    """Write ``E_vis`` with its index below the line; the reader's font places the rest."""
    pieces = parts(text.text or "")
    if len(pieces) == 1 and not pieces[0][1]:
        return
    text.text, back = None, ""
    for plain, index in pieces:
        for words, shift in ((plain, back), (index, _BELOW)):
            if words:
                span = ET.SubElement(text, "tspan", {"dy": shift} if shift else {})
                span.text = words
                if words == index and shift == _BELOW:
                    span.set("font-size", "78%")
        back = _BACK if index else ""


def _unwrap(parent: Element) -> None:
    """Drop metadata and global styles, and replace groups that only group by their content."""
    children: list[Element] = []
    for child in parent:
        _unwrap(child)
        name = child.tag.removeprefix(_SVG) if isinstance(child.tag, str) else "comment"
        if name in {"metadata", "style", "comment"} or (name == "defs" and not len(child)):
            continue
        if name == "g" and not set(child.attrib) - {"id"}:
            children.extend(child)
        else:
            children.append(child)
    parent[:] = children


def _merge_ticks(root: Element) -> None:
    """Turn the ticks of one kind, an element each, into a single path."""
    strokes = {}
    for defs in root.iter(f"{_SVG}defs"):
        for path in defs.iter(f"{_SVG}path"):
            match = _TICK.fullmatch(" ".join(path.get("d", "").split()))
            if match:
                strokes[f"#{path.get('id')}"] = (path, match[1], match[2])
    merged: dict[str, Element] = {}
    kept: list[Element] = []
    for child in root:
        target = child.get(_HREF, "")
        if target not in strokes or child.get("clip-path"):
            kept.append(child)
            continue
        path, dx, dy = strokes[target]
        if target not in merged:
            merged[target] = ET.Element(
                f"{_SVG}path", {"d": "", "style": f"fill: none; {path.get('style', '')}"}
            )
            kept.append(merged[target])
        x, y = child.get("x", "0"), child.get("y", "0")
        merged[target].set("d", f"{merged[target].get('d')}M {x} {y} l {dx} {dy} ")
    root[:] = kept


def _rename_ids(root: Element, key: str) -> None:
    """Keep the ids that something points to, under names that no other figure has."""
    used = [element.get(_HREF, "").removeprefix("#") for element in root.iter()]
    for element in root.iter():
        used += _REFERENCE.findall(element.get("clip-path", ""))
    names = {old: f"{key}-{index}" for index, old in enumerate(dict.fromkeys(used)) if old}
    for parent in root.iter():
        unused = [child for child in parent if _defines(child) and child.get("id") not in names]
        for child in unused:
            parent.remove(child)
    for element in root.iter():
        defines = _defines(element)
        identifier = element.attrib.pop("id", None)
        if identifier in names and defines:
            element.set("id", names[identifier])
        target = element.attrib.pop(_HREF, None)
        if target is not None:
            data = target.startswith("data:")
            element.set("href", "".join(target.split()) if data else f"#{names[target[1:]]}")
        if "clip-path" in element.attrib:
            clip = _REFERENCE.sub(
                lambda match: f"url(#{names[match[1]]})", element.attrib["clip-path"]
            )
            element.set("clip-path", clip)
    for parent in list(root.iter()):
        for defs in [child for child in parent if child.tag == f"{_SVG}defs" and not len(child)]:
            parent.remove(defs)


def _defines(element: Element) -> bool:
    """Whether it is drawn only where something points to it."""
    return element.tag == f"{_SVG}clipPath" or (
        element.tag == f"{_SVG}path" and re.fullmatch(r"[mC]\w+", element.get("id", "")) is not None
    )


def _shorten(element: Element) -> None:
    for name, value in list(element.attrib.items()):
        if name in {"d", "x", "y", "transform", "width", "height"}:
            # The scale of an image multiplies many pixels: it needs more digits than a place.
            digits = 4 if name == "transform" else 1
            element.set(name, _rounded(" ".join(value.split()), digits))
    if _IDLE_ROTATION.fullmatch(element.get("transform", "")):
        del element.attrib["transform"]
    style = element.attrib.pop("style", "")
    parts = [part.strip() for part in _DROPPED.sub("", style).split(";")]
    style = ";".join(part.replace(": ", ":") for part in parts if part)
    for placeholder, colour in CSS_COLOURS.items():
        style = style.replace(placeholder, colour)
    if style:
        element.set("style", style)


def _share_styles(root: Element) -> None:
    """Say once for a group what all its members say."""
    for group in root.iter("g"):
        styles = {child.get("style") for child in group}
        style = styles.pop() if len(styles) == 1 else None
        if style and "style" not in group.attrib:
            group.set("style", style)
            for child in group:
                del child.attrib["style"]


def _rounded(numbers: str, digits: int) -> str:
    return _NUMBER.sub(lambda match: f"{round(float(match[0]), digits) + 0.0:g}", numbers)

"""The report as JUnit XML: one test case a metric."""

from __future__ import annotations

from xml.etree import ElementTree as ET

from calobench._util.visible import visible
from calobench.gate.output.wording import amount, distance, headline, how_sure, unit
from calobench.results.gate import Change, GateReport

__all__ = ["to_junit"]


def to_junit(report: GateReport) -> str:
    """JUnit XML: what got worse has failed, what could not be compared is skipped.

    Without a verdict there is one case with an error: nothing was tested, and that is no success.
    """
    suite = ET.Element("testsuite", name="calobench gate", timestamp=report.candidate.created_utc)
    for change in report.changes:
        case = ET.SubElement(
            suite,
            "testcase",
            classname=f"calobench.{change.observable or change.kind}",
            name=change.name,
        )
        if change.status == "worse":
            words = _words(change)
            ET.SubElement(case, "failure", type="regression", message=words).text = words
    for gap in report.gaps:
        case = ET.SubElement(suite, "testcase", classname="calobench.gap", name=gap.name)
        ET.SubElement(case, "skipped", message=gap.reason)
    for part in report.parts:
        if part.identical:
            # A suite without any case counts as a failure in some systems.
            ET.SubElement(
                suite, "testcase", classname="calobench", name=f"{part.name}: identical by content"
            )
        if part.verdict == "NO VERDICT":
            case = ET.SubElement(suite, "testcase", classname="calobench", name=part.name)
            message = f"NO VERDICT: {'; '.join(part.reasons)}"
            tag = "error" if report.verdict == "NO VERDICT" and part.required else "skipped"
            ET.SubElement(case, tag, message=message)
    for attribute, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
        suite.set(attribute, str(len(suite.findall(f"testcase/{tag}"))))
    suite.set("tests", str(len(suite)))
    ET.SubElement(suite, "system-out").text = _summary(report)
    suites = ET.Element("testsuites")
    suites.append(suite)
    _make_visible(suites)
    ET.indent(suites, space=" ")
    text: str = ET.tostring(suites, encoding="utf-8", xml_declaration=True).decode()
    return text + "\n"


def _summary(report: GateReport) -> str:
    itself = f"\nThe model itself: {report.model_verdict}" if report.model_verdict else ""
    return f"{headline(report)}{itself}"


def _make_visible(root: ET.Element) -> None:
    """Write out what XML cannot hold, escaped or not, and what a viewer would not show."""
    for element in root.iter():
        element.attrib.update({key: visible(value) for key, value in element.items()})
        element.text = None if element.text is None else visible(element.text)


def _words(change: Change) -> str:
    by = f" ({amount(change)})" if amount(change) else ""
    where = f"; see {change.plot}" if change.plot else ""
    sure = how_sure(change)
    return (
        f"{change.label or change.name}: {distance(change, before=True)} to "
        f"{distance(change, before=False)} {unit(change)}{by} from Geant4, "
        f"p {sure if sure.startswith('<') else f'= {sure}'}{where}"
    )

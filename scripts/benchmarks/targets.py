"""The targets, each with what was measured."""

import report

LIMIT = 256 * report.MIB


def rows(bench, plan, start_up):
    """The table's rows in order; what was left out is in them as not measured."""
    main, base, best = bench.main, bench.base, bench.best
    area = main if base else None  # the main archive is four times the quarter
    return [
        ratio(
            "against odc-stac + dask + xarray, the fastest of its variants; both write the mean alone", "≥ 8× faster",
            best, bench.alone, 8, is_least=True),
        ratio("the same where apus writes the counts beside the mean, as it does by itself", "–", best, main, None),
        ratio("against GDAL reading every block, nothing else", "≤ 1.0× its time", main, bench.decode, 1),
        peak(f"peak memory with --memory {bench.chosen.memory}", main,
             detail=f"odc-stac {report.memory(best.peak)}" if best else ""),
        ratio("area × 4, time", "≤ 4.2×", area, base, 4.2),
        ratio("area × 4, memory", "≤ 1.1×", area, base, 1.1, of="peak"),
        ratio("dates × 4, time", "≤ 4.2×", bench.longer, base, 4.2),
        ratio("dates × 4, memory", "≤ 1.1×", bench.longer, base, 1.1, of="peak"),
        ratio("seasonal median against the mean", "≤ 2×", bench.median, main, 2),
        peak("peak memory of the median", bench.median),
        ratio("saving NDVI of every date as well", "≤ 2×", bench.ndvi, main, 2),
        peak("peak memory of that", bench.ndvi),
        ratio("a mask with dilate: 3, whose chunks look beyond themselves", "≤ 1.1×", bench.dilated, main, 1.1),
        peak("peak memory of that", bench.dilated),
        report.Row("plan of 1,000 scenes × 10,000 chunks", "< 1 s", plan and plan.wall, "s", 1),
        report.Row("memory of that plan", "< 100 MiB", plan and plan.peak, "bytes", 100 * report.MIB),
        report.Row("start-up (apus --help)", "< 100 ms", start_up and start_up.wall, "s", 0.1),
        ratio("CDO reducing NDVI already computed, against apus' whole job", "–", bench.cdo, main, None),
    ]


def peak(name, contestant, detail=""):
    return report.Row(name, "≤ 256 MiB", contestant and contestant.peak, "bytes", LIMIT, detail=detail)


def ratio(name, target, over, under, limit, is_least=False, of="wall"):
    """One contestant's time or memory over another's."""
    if not over or not under:
        return report.Row(name, target, None, "x", limit, is_least)
    values = getattr(over, of), getattr(under, of)
    if of == "wall":
        # Processor time beside it shows how far a busy machine has disturbed the clock.
        detail = f"{pair(report.seconds, *values)}; processor {pair(report.seconds, over.cpu, under.cpu)}"
    else:
        detail = pair(report.memory, *values)
    return report.Row(name, target, values[0] / values[1], "x", limit, is_least, detail)


def pair(show, over, under):
    return f"{show(over)} / {show(under)}"

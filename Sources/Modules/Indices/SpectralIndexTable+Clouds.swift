extension SpectralIndexTable {
  /// Indices of clouds, a line each: name | long name | formula | usual values | reference.
  static let clouds = """
    CI1SWIR | Cloud Index Form 1 with SWIR 1 | (N + 2.0 * S1) / (B + G + R) | -0.5 4.5 | https://doi.org/10.1016/j.isprsjprs.2018.07.006
    CI1woSWIR | Cloud Index Form 1 without SWIR bands | (3.0 * N) / (B + G + R) | -0.5 5.5 | https://doi.org/10.1016/j.isprsjprs.2018.07.006
    CI2SWIR | Cloud Index Form 2 with SWIR bands | (B + G + R + N + S1 + S2) / 6.0 | 0 0.55 | https://doi.org/10.1016/j.isprsjprs.2018.07.006
    CI2woSWIR | Cloud Index Form 2 without SWIR bands | (B + G + R + N) / 4.0 | -0.05 0.75 | https://doi.org/10.1016/j.isprsjprs.2018.07.006
    CLOSDI | Cloud Shadow Detection Index | (1.0 - 1.5 * N - 0.1 * R) / (1.0 + 3.5 * N + 4.9 * R) | -0.15 0.6 | https://doi.org/10.1016/j.rsase.2026.101990
    CSISWIR | Cloud Shadow Index with SWIR 1 | (N + S1) / 2.0 | 0 0.55 | https://doi.org/10.1016/j.isprsjprs.2018.07.006
    CSIwoSWIR | Cloud Shadow Index without SWIR bands | N | -0.05 0.75 | https://doi.org/10.1016/j.isprsjprs.2018.07.006
    """
}

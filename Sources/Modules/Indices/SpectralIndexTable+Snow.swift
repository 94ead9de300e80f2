extension SpectralIndexTable {
  /// Indices of snow, a line each: name | long name | formula | usual values | reference.
  static let snow = """
    NBSIMS | Non-Binary Snow Index for Multi-Component Surfaces | 0.36 * (G + R + N) - (((B + S2)/G) + S1) | -4 0 | https://doi.org/10.3390/rs13142777
    NDGlaI | Normalized Difference Glacier Index | (G - R)/(G + R) | -1 1 | https://doi.org/10.1080/01431160802385459
    NDSaII | Normalized Difference Snow and Ice Index | (R - S1) / (R + S1) | -1 1 | https://doi.org/10.1080/01431160119766
    NDSI | Normalized Difference Snow Index | (G - S1) / (G + S1) | -1 1 | https://doi.org/10.1109/IGARSS.1994.399618
    NDSII | Normalized Difference Snow Ice Index | (G - N)/(G + N) | -1 1 | https://doi.org/10.1080/01431160802385459
    NDSIITM | Normalized Difference Snow/Ice Index for Landsat TM | (R - S1)/(R + S1) | -1 1 | https://doi.org/10.1080/01431160119766
    NDSInw | Normalized Difference Snow Index with no Water | (N - S1 - beta)/(N + S1) | -0.5 1 | https://doi.org/10.3390/w12051339
    S3 | S3 Snow Index | (N * (R - S1)) / ((N + R) * (N + S1)) | -0.35 0.5 | https://doi.org/10.3178/jjshwr.12.28
    SWI | Snow Water Index | (G * (N - S1)) / ((G + N) * (N + S1)) | -0.15 0.45 | https://doi.org/10.3390/rs11232774
    """
}

extension SpectralIndexTable {
  /// Indices of burn, a line each: name | long name | formula | usual values | reference.
  static let burn = """
    BAI | Burned Area Index | 1.0 / ((0.1 - R) ** 2.0 + (0.06 - N) ** 2.0) | -100 400 | https://digital.csic.es/bitstream/10261/6426/1/Martin_Isabel_Serie_Geografica.pdf
    BAIM | Burned Area Index adapted to MODIS | 1.0/((0.05 - N) ** 2.0) + ((0.2 - S2) ** 2.0) | -100 350 | https://doi.org/10.1016/j.foreco.2006.08.248
    BAIS2 | Burned Area Index for Sentinel 2 | (1.0 - ((RE2 * RE3 * N2) / R) ** 0.5) * (((S2 - N2)/(S2 + N2) ** 0.5) + 1.0) | -0.5 1.5 | https://doi.org/10.3390/ecrs-2-05177
    CSI | Char Soil Index | N/S2 | -0.5 7.5 | https://doi.org/10.1016/j.rse.2005.04.014
    MIRBI | Mid-Infrared Burn Index | 10.0 * S2 - 9.8 * S1 + 2.0 | 0.5 2.5 | https://doi.org/10.1080/01431160110053185
    NBR | Normalized Burn Ratio | (N - S2) / (N + S2) | -1 1 | https://doi.org/10.3133/ofr0211
    NBR2 | Normalized Burn Ratio 2 | (S1 - S2) / (S1 + S2) | -1 1 | https://www.usgs.gov/core-science-systems/nli/landsat/landsat-normalized-burn-ratio-2
    NBRplus | Normalized Burn Ratio Plus | (S2 - N2 - G - B)/(S2 + N2 + G + B) | -1.1 -0.1 | https://doi.org/10.3390/rs14071727
    NBRSWIR | Normalized Burn Ratio SWIR | (S2 - S1 - 0.02)/(S2 + S1 + 0.1) | -0.35 0.05 | https://doi.org/10.1080/22797254.2020.1738900
    NDSWIR | Normalized Difference SWIR | (N - S1)/(N + S1) | -1 1 | https://doi.org/10.1109/TGRS.2003.819190
    """
}

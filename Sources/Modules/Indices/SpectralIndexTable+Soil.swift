extension SpectralIndexTable {
  /// Indices of soil, a line each: name | long name | formula | usual values | reference.
  static let soil = """
    BaI | Bareness Index | R + S1 - N | -0.2 0.5 | https://doi.org/10.1109/IGARSS.2005.1525743
    BI | Bare Soil Index | ((S1 + R) - (N + B))/((S1 + R) + (N + B)) | -0.4 0.3 | http://citeseerx.ist.psu.edu/viewdoc/download?doi=10.1.1.465.8749&rep=rep1&type=pdf
    BITM | Landsat TM-based Brightness Index | (((B**2.0)+(G**2.0)+(R**2.0))/3.0)**0.5 | -0.1 0.75 | https://doi.org/10.1016/S0034-4257(98)00030-3
    BIXS | SPOT HRV XS-based Brightness Index | (((G**2.0)+(R**2.0))/2.0)**0.5 | -0.1 0.75 | https://doi.org/10.1016/S0034-4257(98)00030-3
    DBSI | Dry Bareness Index | ((S1 - G)/(S1 + G)) - ((N - R)/(N + R)) | -1 0.5 | https://doi.org/10.3390/land7030081
    EMBI | Enhanced Modified Bare Soil Index | ((((S1 - S2 - N)/(S1 + S2 + N)) + 0.5) - ((G - S1)/(G + S1)) - 0.5)/((((S1 - S2 - N)/(S1 + S2 + N)) + 0.5) + ((G - S1)/(G + S1)) + 1.5) | -1 0.5 | https://doi.org/10.1016/j.jag.2022.102703
    MBI | Modified Bare Soil Index | ((S1 - S2 - N)/(S1 + S2 + N)) + 0.5 | -0.3 0.4 | https://doi.org/10.3390/land10030231
    NDSIWV | WorldView Normalized Difference Soil Index | (G - Y)/(G + Y) | -1 1 | https://www.semanticscholar.org/paper/Using-WorldView-2-Vis-NIR-MSI-Imagery-to-Support-Wolf/5e5063ccc4ee76b56b721c866e871d47a77f9fb4
    NDSoI | Normalized Difference Soil Index | (S2 - G)/(S2 + G) | -1 1 | https://doi.org/10.1016/j.jag.2015.02.010
    NSDS | Normalized Shortwave Infrared Difference Soil-Moisture | (S1 - S2)/(S1 + S2) | -1 1 | https://doi.org/10.3390/land10030231
    NSDSI1 | Normalized Shortwave-Infrared Difference Bare Soil Moisture Index 1 | (S1-S2)/S1 | -0.15 0.6 | https://doi.org/10.1016/j.isprsjprs.2019.06.012
    NSDSI2 | Normalized Shortwave-Infrared Difference Bare Soil Moisture Index 2 | (S1-S2)/S2 | -0.5 1.5 | https://doi.org/10.1016/j.isprsjprs.2019.06.012
    NSDSI3 | Normalized Shortwave-Infrared Difference Bare Soil Moisture Index 3 | (S1-S2)/(S1+S2) | -1 1 | https://doi.org/10.1016/j.isprsjprs.2019.06.012
    RI4XS | SPOT HRV XS-based Redness Index 4 | (R**2.0)/(G**4.0) | -100 300 | https://doi.org/10.1016/S0034-4257(98)00030-3
    """
}

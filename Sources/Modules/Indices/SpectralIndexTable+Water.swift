extension SpectralIndexTable {
  /// Indices of water, a line each: name | long name | formula | usual values | reference.
  static let water = """
    ANDWI | Augmented Normalized Difference Water Index | (B + G + R - N - S1 - S2)/(B + G + R + N + S1 + S2) | -1 1 | https://doi.org/10.1016/j.envsoft.2021.105030
    AWEInsh | Automated Water Extraction Index | 4.0 * (G - S1) - 0.25 * N + 2.75 * S2 | -1 3 | https://doi.org/10.1016/j.rse.2013.08.029
    AWEIsh | Automated Water Extraction Index with Shadows Elimination | B + 2.5 * G - 1.5 * (N + S1) - 0.25 * S2 | -1.5 1.5 | https://doi.org/10.1016/j.rse.2013.08.029
    FAI | Floating Algae Index | N-(R+(S1-R)*((lambdaN-lambdaR)/(lambdaS1-lambdaR))) | -0.2 0.5 | https://doi.org/10.1016/j.rse.2009.05.012
    FDI | Floating Debris Index | N-(RE2+10*(S1-RE2)*(lambdaN-lambdaR)/(lambdaS1-lambdaR)) | -0.5 1 | https://doi.org/10.1038/s41598-020-62298-z
    FWEI | Flood/Water Extraction Index | (((B + G + R) / 3.0) - N)/(((B + G + R) / 3.0) + N) | -1 0.5 | https://doi.org/10.1007/s00477-024-02660-z
    LSWI | Land Surface Water Index | (N - S1)/(N + S1) | -1 1 | https://doi.org/10.1016/j.rse.2003.11.008
    MBWI | Multi-Band Water Index | (omega * G) - R - N - S1 - S2 | -1.5 0.5 | https://doi.org/10.1016/j.jag.2018.01.018
    MLSWI26 | Modified Land Surface Water Index (MODIS Bands 2 and 6) | (1.0 - N - S1)/(1.0 - N + S1) | -0.5 1.5 | https://doi.org/10.3390/rs71215805
    MLSWI27 | Modified Land Surface Water Index (MODIS Bands 2 and 7) | (1.0 - N - S2)/(1.0 - N + S2) | 0 1.5 | https://doi.org/10.3390/rs71215805
    MNDWI | Modified Normalized Difference Water Index | (G - S1) / (G + S1) | -1 1 | https://doi.org/10.1080/01431160600589179
    MuWIR | Revised Multi-Spectral Water Index | -4.0 * ((B - G)/(B + G)) + 2.0 * ((G - N)/(G + N)) + 2.0 * ((G - S2)/(G + S2)) - ((G - S1)/(G + S1)) | -1.5 2 | https://doi.org/10.3390/rs10101643
    NDCI | Normalized Difference Chlorophyll Index | (RE1 - R)/(RE1 + R) | -1 1 | https://doi.org/10.1016/j.rse.2011.10.016
    NDPonI | Normalized Difference Pond Index | (S1-G)/(S1+G) | -1 1 | https://doi.org/10.1016/j.rse.2006.07.012
    NDTI | Normalized Difference Turbidity Index | (R-G)/(R+G) | -1 1 | https://doi.org/10.1016/j.rse.2006.07.012
    NDVIMNDWI | NDVI-MNDWI Model | ((N - R)/(N + R)) - ((G - S1)/(G + S1)) | -1.5 1.5 | https://doi.org/10.1007/978-3-662-45737-5_51
    NDWI | Normalized Difference Water Index | (G - N) / (G + N) | -1 1 | https://doi.org/10.1080/01431169608948714
    NDWIns | Normalized Difference Water Index with no Snow Cover and Glaciers | (G - alpha * N)/(G + N) | 0 0.7 | https://doi.org/10.3390/w12051339
    NWI | New Water Index | (B - (N + S1 + S2))/(B + (N + S1 + S2)) | -1.5 0.5 | https://doi.org/10.11873/j.issn.1004-0323.2009.2.167
    OSI | Oil Spill Index | (G + R)/B | 1 4 | https://doi.org/10.1016/j.mex.2021.101327
    PI | Plastic Index | N/(N + R) | 0.3 0.95 | https://doi.org/10.3390/rs12162648
    RNDVI | Reversed Normalized Difference Vegetation Index | (R - N)/(R + N) | -1 1 | https://doi.org/10.3390/rs12162648
    RWI | Rescaled Water Index | ((G ** (1.0 / 2.71828)) * (1.0 / n) - S1) / ((G ** (1.0 / 2.71828)) * (1.0 / n) + S1) | -1 0.5 | https://doi.org/10.1109/JSTARS.2025.3562089
    S2WI | Sentinel-2 Water Index | (RE1 - S2)/(RE1 + S2) | -1 1 | https://doi.org/10.3390/w13121647
    SCoWI | Subtractive Coastal Water Index | B + 2.0 * (G - N) - 0.75 * S1 - 0.5 * S2 | -1.5 1 | https://doi.org/10.3390/rs16152795
    SRWI | Symbolic Regression Water Index | ((G + B) - (N + S1)) / ((G + B) + (N + S1)) | -1 1 | https://doi.org/10.1038/s41598-025-34720-x
    SWM | Sentinel Water Mask | (B + G)/(N + S1) | -0.5 3 | https://eoscience.esa.int/landtraining2017/files/posters/MILCZAREK.pdf
    TWI | Triangle Water Index | (2.84 * (RE1 - RE2) / (G + S2)) + ((1.25 * (G - B) - (N - B)) / (N + 1.25 * G - 0.25 * B)) | -3 1.5 | https://doi.org/10.3390/rs14215289
    WI1 | Water Index 1 | (G - S2) / (G + S2) | -1 1 | https://doi.org/10.3390/rs11182186
    WI2 | Water Index 2 | (B - S2) / (B + S2) | -1 1 | https://doi.org/10.3390/rs11182186
    WI2015 | Water Index 2015 | 1.7204 + 171 * G + 3 * R - 70 * N - 45 * S1 - 71 * S2 | -100 100 | https://doi.org/10.1016/j.rse.2015.12.055
    WRI | Water Ratio Index | (G + R)/(N + S1) | -0.5 2.5 | https://doi.org/10.1109/GEOINFORMATICS.2010.5567762
    """
}

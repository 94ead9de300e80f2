extension SpectralIndexTable {
  /// Indices of urban, a line each: name | long name | formula | usual values | reference.
  static let urban = """
    BLFEI | Built-Up Land Features Extraction Index | (((G+R+S2)/3.0)-S1)/(((G+R+S2)/3.0)+S1) | -1 1 | https://doi.org/10.1080/10106049.2018.1497094
    BRBA | Band Ratio for Built-up Area | R/S1 | -1 6 | https://www.omicsonline.org/scientific-reports/JGRS-SR136.pdf
    IBI | Index-Based Built-Up Index | (((S1-N)/(S1+N))-(((N-R)*(1.0+L)/(N+R+L))+((G-S1)/(G+S1)))/2.0)/(((S1-N)/(S1+N))+(((N-R)*(1.0+L)/(N+R+L))+((G-S1)/(G+S1)))/2.0) | -35 30 | https://doi.org/10.1080/01431160802039957
    NBAI | Normalized Built-up Area Index | (S2 - S1/G)/(S2 + S1/G) | -1.05 -0.2 | https://www.omicsonline.org/scientific-reports/JGRS-SR136.pdf
    NDBI | Normalized Difference Built-Up Index | (S1 - N) / (S1 + N) | -1 1 | http://dx.doi.org/10.1080/01431160304987
    NHFD | Non-Homogeneous Feature Difference | (RE1 - A) / (RE1 + A) | -1 1 | https://www.semanticscholar.org/paper/Using-WorldView-2-Vis-NIR-MSI-Imagery-to-Support-Wolf/5e5063ccc4ee76b56b721c866e871d47a77f9fb4
    PISI | Perpendicular Impervious Surface Index | 0.8192 * B - 0.5735 * N + 0.0750 | -0.2 0.4 | https://doi.org/10.3390/rs10101521
    UI | Urban Index | (S2 - N)/(S2 + N) | -1 1 | https://www.isprs.org/proceedings/XXXI/congress/part7/321_XXXI-part7.pdf
    VgNIRBI | Visible Green-Based Built-Up Index | (G - N)/(G + N) | -1 1 | https://doi.org/10.1016/j.ecolind.2015.03.037
    VIBI | Vegetation Index Built-up Index | ((N-R)/(N+R))/(((N-R)/(N+R)) + ((S1-N)/(S1+N))) | -25 35 | http://dx.doi.org/10.1080/01431161.2012.687842
    VrNIRBI | Visible Red-Based Built-Up Index | (R - N)/(R + N) | -1 1 | https://doi.org/10.1016/j.ecolind.2015.03.037
    """
}

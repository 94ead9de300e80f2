extension SpectralIndexTable {
  /// Indices of vegetation, a line each: name | long name | formula | usual values | reference.
  static let vegetation = """
    AFRI1600 | Aerosol Free Vegetation Index (1600 nm) | (N - 0.66 * S1) / (N + 0.66 * S1) | -0.1 0.9 | https://doi.org/10.1016/S0034-4257(01)00190-0
    AFRI2100 | Aerosol Free Vegetation Index (2100 nm) | (N - 0.5 * S2) / (N + 0.5 * S2) | 0.05 1 | https://doi.org/10.1016/S0034-4257(01)00190-0
    ARI | Anthocyanin Reflectance Index | (1 / G) - (1 / RE1) | -2.5 5.5 | https://doi.org/10.1562/0031-8655(2001)074%3C0038:OPANEO%3E2.0.CO;2
    ARI2 | Anthocyanin Reflectance Index 2 | N * ((1 / G) - (1 / RE1)) | -1 1.5 | https://doi.org/10.1562/0031-8655(2001)074%3C0038:OPANEO%3E2.0.CO;2
    ARVI | Atmospherically Resistant Vegetation Index | (N - (R - gamma * (R - B))) / (N + (R - gamma * (R - B))) | -0.5 1 | https://doi.org/10.1109/36.134076
    AshburnVI | Ashburn Vegetation Index | 2.0 * N2 - R | -0.1 0.9 | https://ntrs.nasa.gov/citations/19800007243
    ATSAVI | Adjusted Transformed Soil-Adjusted Vegetation Index | sla * (N - sla * R - slb) / (sla * N + R - sla * slb + 0.08 * (1 + sla ** 2.0)) | -0.25 0.6 | https://doi.org/10.1016/0034-4257(91)90009-U
    AVI | Advanced Vegetation Index | (N * (1.0 - R) * (N - R)) ** (1/3) | -0.05 0.6 | http://citeseerx.ist.psu.edu/viewdoc/download?doi=10.1.1.465.8749&rep=rep1&type=pdf
    BCC | Blue Chromatic Coordinate | B / (R + G + B) | 0.15 0.45 | https://doi.org/10.1016/0034-4257(87)90088-5
    BNDVI | Blue Normalized Difference Vegetation Index | (N - B)/(N + B) | -1 1 | https://doi.org/10.1016/S1672-6308(07)60027-4
    bNIRv | Blue Near-Infrared Reflectance of Vegetation | ((N - B)/(N + B)) * N | -0.15 0.35 | https://doi.org/10.1029/2024JG008240
    BWDRVI | Blue Wide Dynamic Range Vegetation Index | (alpha * N - B) / (alpha * N + B) | -1.05 -0.1 | https://doi.org/10.2135/cropsci2007.01.0031
    CCI | Chlorophyll Carotenoid Index | (G1 - R)/(G1 + R) | -1 1 | https://doi.org/10.1073/pnas.1606162113
    CIG | Chlorophyll Index Green | (N / G) - 1.0 | -1.5 4 | https://doi.org/10.1078/0176-1617-00887
    CIRE | Chlorophyll Index Red Edge | (N / RE1) - 1 | -1 2.5 | https://doi.org/10.1078/0176-1617-00887
    CRI550 | Carotenoid Reflectance Index using 550 nm | (1.0 / B) - (1.0 / G) | -2.5 8 | https://doi.org/10.1562/0031-8655(2002)0750272ACCIPL2.0.CO2
    CRI700 | Carotenoid Reflectance Index using 700 nm | (1.0 / B) - (1.0 / RE1) | -5 15 | https://doi.org/10.1562/0031-8655(2002)0750272ACCIPL2.0.CO2
    CRSWIR | Continuum Removal SWIR | S1/(N2+((S2-N2)/(lambdaS2-lambdaN2))*(lambdaS1-lambdaN2)) | 0 1.5 | https://www.onf.fr/onf/+/cec::les-rendez-vous-techniques-de-lonf-no69-70.html
    CVI | Chlorophyll Vegetation Index | (N * R) / (G ** 2.0) | -0.5 5 | https://doi.org/10.1007/s11119-010-9204-3
    DSI | Drought Stress Index | S1/N | -0.5 2 | https://www.asprs.org/wp-content/uploads/pers/1999journal/apr/1999_apr_495-501.pdf
    DSWI1 | Disease-Water Stress Index 1 | N/S1 | -0.5 5 | https://doi.org/10.1080/01431160310001618031
    DSWI2 | Disease-Water Stress Index 2 | S1/G | -0.5 3.5 | https://doi.org/10.1080/01431160310001618031
    DSWI3 | Disease-Water Stress Index 3 | S1/R | -0.5 3.5 | https://doi.org/10.1080/01431160310001618031
    DSWI4 | Disease-Water Stress Index 4 | G/R | 0.6 1.4 | https://doi.org/10.1080/01431160310001618031
    DSWI5 | Disease-Water Stress Index 5 | (N + G)/(S1 + R) | 0.5 2.5 | https://doi.org/10.1080/01431160310001618031
    DVI | Difference Vegetation Index | N - R | -0.2 0.4 | https://doi.org/10.1016/0034-4257(94)00114-3
    DVIplus | Difference Vegetation Index Plus | ((lambdaN-lambdaR)/(lambdaN-lambdaG))*G+(1.0-((lambdaN-lambdaR)/(lambdaN-lambdaG)))*N-R | -0.2 0.8 | https://doi.org/10.1016/j.rse.2019.03.028
    EBI | Enhanced Bloom Index | (R + G + B)/((G/B) * (R - B + epsilon)) | -0.5 2.5 | https://doi.org/10.1016/j.isprsjprs.2019.08.006
    ENDVI | Enhanced Normalized Difference Vegetation Index | ((N + G) - (2 * B)) / ((N + G) + (2 * B)) | -0.5 1 | https://doi.org/10.1371/journal.pone.0186193
    EVI | Enhanced Vegetation Index | g * (N - R) / (N + C1 * R - C2 * B + L) | -1 1 | https://doi.org/10.1016/S0034-4257(96)00112-5
    EVI2 | Two-Band Enhanced Vegetation Index | g * (N - R) / (N + 2.4 * R + L) | -0.25 0.6 | https://doi.org/10.1016/j.rse.2008.06.006
    EVIv | Enhanced Vegetation Index of Vegetation | 2.5 * ((N - R)/(N + 6 * R - 7.5 * B + 1.0)) * N | -0.35 0.4 | https://doi.org/10.1029/2024JG008240
    ExG | Excess Green Index | 2 * G - R - B | -0.1 0.15 | https://doi.org/10.13031/2013.27838
    ExGR | ExG - ExR Vegetation Index | (2.0 * G - R - B) - (1.3 * R - G) | -0.35 0.15 | https://doi.org/10.1016/j.compag.2008.03.009
    ExR | Excess Red Index | 1.3 * R - G | -0.05 0.25 | https://doi.org/10.1117/12.336896
    FCVI | Fluorescence Correction Vegetation Index | N - ((R + G + B)/3.0) | -0.25 0.4 | https://doi.org/10.1016/j.rse.2020.111676
    GARI | Green Atmospherically Resistant Vegetation Index | (N - (G - (B - R))) / (N + (G - (B - R))) | -0.5 1 | https://doi.org/10.1016/S0034-4257(96)00072-7
    GBNDVI | Green-Blue Normalized Difference Vegetation Index | (N - (G + B))/(N + (G + B)) | -1 1 | https://doi.org/10.1016/S1672-6308(07)60027-4
    GCC | Green Chromatic Coordinate | G / (R + G + B) | 0.25 0.45 | https://doi.org/10.1016/0034-4257(87)90088-5
    GDVI | Generalized Difference Vegetation Index | ((N ** nexp) - (R ** nexp)) / ((N ** nexp) + (R ** nexp)) | -1 1.5 | https://doi.org/10.3390/rs6021211
    GEMI | Global Environment Monitoring Index | ((2.0*((N ** 2.0)-(R ** 2.0)) + 1.5*N + 0.5*R)/(N + R + 0.5))*(1.0 - 0.25*((2.0 * ((N ** 2.0) - (R ** 2)) + 1.5 * N + 0.5 * R)/(N + R + 0.5)))-((R - 0.125)/(1 - R)) | -1 1.5 | http://dx.doi.org/10.1007/bf00031911
    GLI | Green Leaf Index | (2.0 * G - R - B) / (2.0 * G + R + B) | -0.1 0.2 | http://dx.doi.org/10.1080/10106040108542184
    GM1 | Gitelson and Merzlyak Index 1 | RE2/G | 0 3.5 | https://doi.org/10.1016/S0176-1617(96)80284-7
    GM2 | Gitelson and Merzlyak Index 2 | RE2/RE1 | 0.5 2.5 | https://doi.org/10.1016/S0176-1617(96)80284-7
    GNDVI | Green Normalized Difference Vegetation Index | (N - G)/(N + G) | -1 1 | https://doi.org/10.1016/S0034-4257(96)00072-7
    GOSAVI | Green Optimized Soil Adjusted Vegetation Index | (N - G) / (N + G + 0.16) | -0.35 0.6 | https://doi.org/10.2134/agronj2004.0314
    GRARI | Atmospheric Resistant Green-Red Index | (N - (eta * G + (1.0 - eta) * R - lmb * (B - R)))/(N + (eta * G + (1.0 - eta) * R - lmb * (B - R))) | -0.5 1 | https://doi.org/10.1016/S0034-4257(96)00072-7
    GRNDVI | Green-Red Normalized Difference Vegetation Index | (N - (G + R))/(N + (G + R)) | -1 1 | https://doi.org/10.1016/S1672-6308(07)60027-4
    GRVI | Green Ratio Vegetation Index | N/G | -0.5 5 | https://doi.org/10.2134/agronj2004.0314
    GSAVI | Green Soil Adjusted Vegetation Index | (1.0 + L) * (N - G) / (N + G + L) | -0.3 0.5 | https://doi.org/10.2134/agronj2004.0314
    GVMI | Global Vegetation Moisture Index | ((N + 0.1) - (S2 + 0.02)) / ((N + 0.1) + (S2 + 0.02)) | -0.15 0.9 | https://doi.org/10.1016/S0034-4257(02)00037-8
    IAVI | New Atmospherically Resistant Vegetation Index | (N - (R - gamma * (B - R)))/(N + (R - gamma * (B - R))) | -0.5 1 | https://www.jipb.net/EN/abstract/abstract23925.shtml
    IKAW | Kawashima Index | (R - B)/(R + B) | -1 1 | https://doi.org/10.1006/anbo.1997.0544
    IPVI | Infrared Percentage Vegetation Index | N/(N + R) | 0.3 0.95 | https://doi.org/10.1016/0034-4257(90)90085-Z
    IRECI | Inverted Red-Edge Chlorophyll Index | (RE3 - R) / (RE1 / RE2) | -0.2 0.6 | https://doi.org/10.1016/j.isprsjprs.2013.04.007
    IRGBVI | Improved-Red-Green-Blue Vegetation Index | (5.0 * (G ** 2.0) - 2.0 * (R ** 2.0) - 5.0 * (B ** 2.0)) / (5.0 * (G ** 2.0) + 2.0 * (R ** 2.0) + 5.0 * (B ** 2.0)) | -0.35 0.25 | https://doi.org/10.1016/j.jag.2024.103668
    KDI | Kochia Detection Index | ((N + S1 - RE3)/(N + S1 + RE3)) * ((RE1 - 2.0 * RE3 + N)/(RE1 + 2.0 * RE3 + N)) | -0.06 0.035 | https://doi.org/10.1016/j.mlwa.2026.100914
    MCARI | Modified Chlorophyll Absorption in Reflectance Index | ((RE1 - R) - 0.2 * (RE1 - G)) * (RE1 / R) | -0.1 0.1 | http://dx.doi.org/10.1016/S0034-4257(00)00113-9
    MCARI1 | Modified Chlorophyll Absorption in Reflectance Index 1 | 1.2 * (2.5 * (N - R) - 1.3 * (N - G)) | -0.25 0.55 | https://doi.org/10.1016/j.rse.2003.12.013
    MCARI2 | Modified Chlorophyll Absorption in Reflectance Index 2 | (1.5 * (2.5 * (N - R) - 1.3 * (N - G))) / ((((2.0 * N + 1) ** 2) - (6.0 * N - 5 * (R ** 0.5)) - 0.5) ** 0.5) | -0.2 0.5 | https://doi.org/10.1016/j.rse.2003.12.013
    MCARI705 | Modified Chlorophyll Absorption in Reflectance Index (705 and 750 nm) | ((RE2 - RE1) - 0.2 * (RE2 - G)) * (RE2 / RE1) | -0.1 0.3 | https://doi.org/10.1016/j.agrformet.2008.03.005
    MCARIOSAVI | MCARI/OSAVI Ratio | (((RE1 - R) - 0.2 * (RE1 - G)) * (RE1 / R)) / (1.16 * (N - R) / (N + R + 0.16)) | -5 10 | https://doi.org/10.1016/S0034-4257(00)00113-9
    MCARIOSAVI705 | MCARI/OSAVI Ratio (705 and 750 nm) | (((RE2 - RE1) - 0.2 * (RE2 - G)) * (RE2 / RE1)) / (1.16 * (RE2 - RE1) / (RE2 + RE1 + 0.16)) | -10 10 | https://doi.org/10.1016/j.agrformet.2008.03.005
    MGRVI | Modified Green Red Vegetation Index | (G ** 2.0 - R ** 2.0) / (G ** 2.0 + R ** 2.0) | -0.45 0.4 | https://doi.org/10.1016/j.jag.2015.02.012
    MI | Mangrove Index | (N - S1) / (N * S1) | -5 15 | https://www.researchgate.net/profile/Gathot-Winarso/publication/277137915_NEW_MANGROVE_INDEX_AS_DEGRADATIONHEALTH_INDICATOR_USING_REMOTE_SENSING_DATA_SEGARA_ANAKAN_AND_ALAS_PURWO_CASE_STUDY/links/5562d90c08ae8c0cab333ab4/NEW-MANGROVE-INDEX-AS-DEGRADATION-HEALTH-INDICATOR-USING-REMOTE-SENSING-DATA-SEGARA-ANAKAN-AND-ALAS-PURWO-CASE-STUDY.pdf
    mND705 | Modified Normalized Difference (705, 750 and 445 nm) | (RE2 - RE1)/(RE2 + RE1 - A) | -0.35 0.6 | https://doi.org/10.1016/S0034-4257(02)00010-X
    MNDVI | Modified Normalized Difference Vegetation Index | (N - S2)/(N + S2) | -1 1 | https://doi.org/10.1080/014311697216810
    MNLI | Modified Non-Linear Vegetation Index | (1 + L)*((N ** 2) - R)/((N ** 2) + R + L) | -0.5 0.2 | https://doi.org/10.1109/TGRS.2003.812910
    MRBVI | Modified Red Blue Vegetation Index | (R ** 2.0 - B ** 2.0)/(R ** 2.0 + B ** 2.0) | -0.5 1 | https://doi.org/10.3390/s20185055
    MSAVI | Modified Soil-Adjusted Vegetation Index | 0.5 * (2.0 * N + 1 - (((2 * N + 1) ** 2) - 8 * (N - R)) ** 0.5) | -0.25 0.55 | https://doi.org/10.1016/0034-4257(94)90134-1
    MSI | Moisture Stress Index | S1/N | -0.5 2 | https://doi.org/10.1016/0034-4257(89)90046-1
    MSR | Modified Simple Ratio | (N / R - 1) / ((N / R + 1) ** 0.5) | -1 2 | https://doi.org/10.1080/07038992.1996.10855178
    MSR705 | Modified Simple Ratio (705 and 750 nm) | (RE2 / RE1 - 1) / ((RE2 / RE1 + 1) ** 0.5) | -0.5 1 | https://doi.org/10.1016/j.agrformet.2008.03.005
    mSR705 | Modified Simple Ratio (705 and 445 nm) | (RE2 - A)/(RE2 + A) | -1 1 | https://doi.org/10.1016/S0034-4257(02)00010-X
    MTCI | MERIS Terrestrial Chlorophyll Index | (RE2 - RE1) / (RE1 - R) | -100 100 | https://doi.org/10.1080/0143116042000274015
    MTVI1 | Modified Triangular Vegetation Index 1 | 1.2 * (1.2 * (N - G) - 2.5 * (R - G)) | -0.25 0.55 | https://doi.org/10.1016/j.rse.2003.12.013
    MTVI2 | Modified Triangular Vegetation Index 2 | (1.5 * (1.2 * (N - G) - 2.5 * (R - G))) / ((((2.0 * N + 1) ** 2) - (6.0 * N - 5 * (R ** 0.5)) - 0.5) ** 0.5) | -0.2 0.5 | https://doi.org/10.1016/j.rse.2003.12.013
    MVI | Mangrove Vegetation Index | (N - G) / (S1 - G) | -35 35 | https://doi.org/10.1016/j.isprsjprs.2020.06.001
    ND705 | Normalized Difference (705 and 750 nm) | (RE2 - RE1)/(RE2 + RE1) | -1 1 | https://doi.org/10.1016/S0034-4257(02)00010-X
    NDDI | Normalized Difference Drought Index | (((N - R)/(N + R)) - ((G - N)/(G + N)))/(((N - R)/(N + R)) + ((G - N)/(G + N))) | -350 350 | https://doi.org/10.1029/2006GL029127
    NDGI | Normalized Difference Greenness Index | (((lambdaN-lambdaR)/(lambdaN-lambdaG))*G+(1.0-((lambdaN-lambdaR)/(lambdaN-lambdaG)))*N-R)/(((lambdaN-lambdaR)/(lambdaN-lambdaG))*G+(1.0-((lambdaN-lambdaR)/(lambdaN-lambdaG)))*N+R) | -0.5 0.9 | https://doi.org/10.1016/j.rse.2019.03.028
    NDII | Normalized Difference Infrared Index | (N - S1)/(N + S1) | -1 1 | https://www.asprs.org/wp-content/uploads/pers/1983journal/jan/1983_jan_77-83.pdf
    NDMI | Normalized Difference Moisture Index | (N - S1)/(N + S1) | -1 1 | https://doi.org/10.1016/S0034-4257(01)00318-2
    NDPI | Normalized Difference Phenology Index | (N - (alpha * R + (1.0 - alpha) * S1))/(N + (alpha * R + (1.0 - alpha) * S1)) | -0.3 0.7 | https://doi.org/10.1016/j.rse.2017.04.031
    NDREI | Normalized Difference Red Edge Index | (N - RE1) / (N + RE1) | -1 1 | https://doi.org/10.1016/1011-1344(93)06963-4
    NDTI4RE | 4-band Red Edge Normalized Difference Tillage Index | gamma * (S1 - S2)/(S1 + S2) + (1 - gamma) * (N - RE3)/(N + RE3) | -0.1 0.4 | https://doi.org/10.1016/j.jag.2022.102793
    NDTillI | Normalized Difference Tillage Index | (S1 - S2)/(S1 + S2) | -1 1 | https://www.asprs.org/wp-content/uploads/pers/1997journal/jan/1997_jan_87-93.pdf
    NDVI | Normalized Difference Vegetation Index | (N - R)/(N + R) | -1 1 | https://ntrs.nasa.gov/citations/19740022614
    NDVI4RE | 4-band Red Edge Normalized Difference Vegetation Index | ((alpha * RE3 + (1 - alpha) * RE2) - (beta * R + (1 - beta) * RE1))/((alpha * RE3 + (1 - alpha) * RE2) + (beta * R + (1 - beta) * RE1)) | -0.2 0.5 | https://doi.org/10.1016/j.jag.2022.102793
    NDVI705 | Normalized Difference Vegetation Index (705 and 750 nm) | (RE2 - RE1) / (RE2 + RE1) | -1 1 | https://doi.org/10.1016/S0176-1617(11)81633-0
    NDYI | Normalized Difference Yellowness Index | (G - B) / (G + B) | -1 1 | https://doi.org/10.1016/j.rse.2016.06.016
    NGRDI | Normalized Green Red Difference Index | (G - R) / (G + R) | -1 1 | https://doi.org/10.1016/0034-4257(79)90013-0
    NIRv | Near-Infrared Reflectance of Vegetation | ((N - R) / (N + R)) * N | -0.1 0.3 | https://doi.org/10.1126/sciadv.1602244
    NIRvH2 | Hyperspectral Near-Infrared Reflectance of Vegetation | N-R-k*(lambdaN-lambdaR) | -0.2 0.8 | https://doi.org/10.1016/j.rse.2021.112723
    NIRvP | Near-Infrared Reflectance of Vegetation and Incoming PAR | ((N-R)/(N+R))*N*PAR | -100 1500 | https://doi.org/10.1016/j.rse.2021.112763
    NLI | Non-Linear Vegetation Index | ((N ** 2) - R)/((N ** 2) + R) | -1.5 0.5 | https://doi.org/10.1080/02757259409532252
    NMDI | Normalized Multi-band Drought Index | (N - (S1 - S2))/(N + (S1 - S2)) | 0.4 1.2 | https://doi.org/10.1029/2007GL031021
    NormG | Normalized Green | G/(N + G + R) | 0.1 0.5 | https://doi.org/10.2134/agronj2004.0314
    NormNIR | Normalized NIR | N/(N + G + R) | 0.15 0.8 | https://doi.org/10.2134/agronj2004.0314
    NormR | Normalized Red | R/(N + G + R) | 0.1 0.45 | https://doi.org/10.2134/agronj2004.0314
    NPCI | Normalized Pigments Chlorophyll Ratio Index | (R - A) / (R + A) | -1 1 | https://doi.org/10.1016/0034-4257(94)90136-8
    NRFIg | Normalized Rapeseed Flowering Index Green | (G - S2) / (G + S2) | -1 1 | https://doi.org/10.3390/rs13010105
    NRFIr | Normalized Rapeseed Flowering Index Red | (R - S2) / (R + S2) | -1 1 | https://doi.org/10.3390/rs13010105
    OCVI | Optimized Chlorophyll Vegetation Index | (N / G) * (R / G) ** cexp | -0.5 5 | http://dx.doi.org/10.1007/s11119-008-9075-z
    OSAVI | Optimized Soil-Adjusted Vegetation Index | (N - R) / (N + R + 0.16) | -0.25 0.6 | https://doi.org/10.1016/0034-4257(95)00186-7
    PSRI | Plant Senescing Reflectance Index | (R - B)/RE2 | -0.5 1 | https://doi.org/10.1034/j.1399-3054.1999.106119.x
    RCC | Red Chromatic Coordinate | R / (R + G + B) | 0.2 0.5 | https://doi.org/10.1016/0034-4257(87)90088-5
    RDVI | Renormalized Difference Vegetation Index | (N - R) / ((N + R) ** 0.5) | -0.25 0.55 | https://doi.org/10.1016/0034-4257(94)00114-3
    REDSI | Red-Edge Disease Stress Index | ((705.0 - 665.0) * (RE3 - R) - (783.0 - 665.0) * (RE1 - R)) / (2.0 * R) | -15 40 | https://doi.org/10.3390/s18030868
    RENDVI | Red Edge Normalized Difference Vegetation Index | (RE2 - RE1)/(RE2 + RE1) | -1 1 | https://doi.org/10.1016/S0176-1617(11)81633-0
    RGBVI | Red Green Blue Vegetation Index | (G ** 2.0 - B * R)/(G ** 2.0 + B * R) | -0.2 0.35 | https://doi.org/10.1016/j.jag.2015.02.012
    RGRI | Red-Green Ratio Index | R/G | 0.65 1.5 | https://doi.org/10.1016/j.jag.2014.03.018
    RI | Redness Index | (R - G)/(R + G) | -1 1 | https://www.documentation.ird.fr/hor/fdi:34390
    RVI | Ratio Vegetation Index | RE2 / R | 0 4 | https://doi.org/10.2134/agronj1968.00021962006000060016x
    RVI4RE | 4-band Red Edge Ratio Vegetation Index | (alpha * RE3 + (1 - alpha) * RE2)/(beta * R + (1 - beta) * RE1) | 0.5 2.5 | https://doi.org/10.1016/j.jag.2022.102793
    S2REP | Sentinel-2 Red-Edge Position | 705.0 + 35.0 * ((((RE3 + R) / 2.0) - RE1) / (RE2 - RE1)) | 0 1500 | https://doi.org/10.1016/j.isprsjprs.2013.04.007
    SARVI | Soil Adjusted and Atmospherically Resistant Vegetation Index | (1 + L)*(N - (R - (R - B))) / (N + (R - (R - B)) + L) | -0.35 0.6 | https://doi.org/10.1109/36.134076
    SAVI | Soil-Adjusted Vegetation Index | (1.0 + L) * (N - R) / (N + R + L) | -0.25 0.5 | https://doi.org/10.1016/0034-4257(88)90106-X
    SAVI2 | Soil-Adjusted Vegetation Index 2 | N / (R + (slb / sla)) | -0.5 5.5 | https://doi.org/10.1080/01431169008955053
    SAVI4RE | 4-band Red Edge Soil Adjusted Vegetation Index | 2.0 * ((alpha * RE3 + (1 - alpha) * RE2) - (beta * R + (1 - beta) * RE1))/((alpha * RE3 + (1 - alpha) * RE2) + (beta * R + (1 - beta) * RE1 + 1)) | -0.15 0.3 | https://doi.org/10.1016/j.jag.2022.102793
    SeLI | Sentinel-2 LAI Green Index | (N2 - RE1) / (N2 + RE1) | -1 1 | https://doi.org/10.3390/s19040904
    SEVI | Shadow-Eliminated Vegetation Index | (N/R) + fdelta * (1.0/R) | -5 20 | https://doi.org/10.1080/17538947.2018.1495770
    SI | Shadow Index | ((1.0 - B) * (1.0 - G) * (1.0 - R)) ** (1/3) | 0.25 1.1 | http://citeseerx.ist.psu.edu/viewdoc/download?doi=10.1.1.465.8749&rep=rep1&type=pdf
    SIPI | Structure Insensitive Pigment Index | (N - A) / (N - R) | -20 25 | https://eurekamag.com/research/009/395/009395053.php
    SLAVI | Specific Leaf Area Vegetation Index | N/(R + S2) | 0 2.5 | https://www.asprs.org/wp-content/uploads/pers/2000journal/february/2000_feb_183-191.pdf
    SNDTI | Soil-Adjusted Normalized Difference Tillage Index | (1.0 + L) * (S1 - S2) / (S1 + S2 + L) | -0.05 0.2 | https://doi.org/10.1080/22797254.2017.1418186
    SNDTI4RE | 4-band Red Edge Soil-Adjusted Normalized Difference Tillage Index | gamma * ((S1 - S2) * 2.0)/(S1 + S2 + 1.0) + (1 - gamma) * ((N - RE3) * 2.0)/(N + RE3 + 1.0) | -0.05 0.2 | https://doi.org/10.1016/j.jag.2022.102793
    sNIRvLSWI | SWIR-enhanced Near-Infrared Reflectance of Vegetation for LSWI | ((N - S2)/(N + S2)) * N | -0.15 0.5 | https://doi.org/10.1029/2024JG008240
    sNIRvNDPI | SWIR-enhanced Near-Infrared Reflectance of Vegetation for NDPI | (N - (alpha * R + (1.0 - alpha) * S2))/(N + (alpha * R + (1.0 - alpha) * S2)) * N | -0.15 0.45 | https://doi.org/10.1029/2024JG008240
    sNIRvNDVILSWIP | SWIR-enhanced Near-Infrared Reflectance of Vegetation for the NDVI-LSWI Product | ((N - R)/(N + R)) * ((N - S2)/(N + S2)) * N | -0.1 0.15 | https://doi.org/10.1029/2024JG008240
    sNIRvNDVILSWIS | SWIR-enhanced Near-Infrared Reflectance of Vegetation for the NDVI-LSWI Sum | (((N - R)/(N + R)) + ((N - S2)/(N + S2))) * N | -0.15 0.6 | https://doi.org/10.1029/2024JG008240
    sNIRvSWIR | SWIR-enhanced Near-Infrared Reflectance of Vegetation | ((N - R - S2 ** 2.0)/(N + R + S2 ** 2.0)) * N | -0.15 0.3 | https://doi.org/10.1029/2024JG008240
    SR | Simple Ratio | N/R | -0.5 5.5 | https://doi.org/10.2307/1936256
    SR2 | Simple Ratio (800 and 550 nm) | N/G | -0.5 5 | https://doi.org/10.1080/01431169308904370
    SR3 | Simple Ratio (860, 550 and 708 nm) | N2/(G * RE1) | -10 50 | https://doi.org/10.1016/S0034-4257(98)00046-7
    SR555 | Simple Ratio (555 and 750 nm) | RE2 / G | 0 3.5 | https://doi.org/10.1016/S0176-1617(11)81633-0
    SR705 | Simple Ratio (705 and 750 nm) | RE2 / RE1 | 0.5 2.5 | https://doi.org/10.1016/S0176-1617(11)81633-0
    SRVI | Symbolic Regression Vegetation Index | (2.0 * N - 3.0 * R) / (N + R + 0.5 * (G + S1)) | -1 1.5 | https://doi.org/10.1038/s41598-025-34720-x
    STI | Simple Tillage Index | S1 / S2 | 0.5 2.5 | https://www.asprs.org/wp-content/uploads/pers/1997journal/jan/1997_jan_87-93.pdf
    STI4RE | 4-band Red Edge Soil Tillage Index | gamma * S1/S2 + (1 - gamma) * N/RE3 | 0.5 2.5 | https://doi.org/10.1016/j.jag.2022.102793
    TCARI | Transformed Chlorophyll Absorption in Reflectance Index | 3 * ((RE1 - R) - 0.2 * (RE1 - G) * (RE1 / R)) | -0.2 0.2 | https://doi.org/10.1016/S0034-4257(02)00018-4
    TCARIOSAVI | TCARI/OSAVI Ratio | (3 * ((RE1 - R) - 0.2 * (RE1 - G) * (RE1 / R))) / (1.16 * (N - R) / (N + R + 0.16)) | -15 20 | https://doi.org/10.1016/S0034-4257(02)00018-4
    TCARIOSAVI705 | TCARI/OSAVI Ratio (705 and 750 nm) | (3 * ((RE2 - RE1) - 0.2 * (RE2 - G) * (RE2 / RE1))) / (1.16 * (RE2 - RE1) / (RE2 + RE1 + 0.16)) | -20 25 | https://doi.org/10.1016/j.agrformet.2008.03.005
    TCI | Triangular Chlorophyll Index | 1.2 * (RE1 - G) - 1.5 * (R - G) * (RE1 / R) ** 0.5 | -0.1 0.15 | http://dx.doi.org/10.1109/TGRS.2007.904836
    TDVI | Transformed Difference Vegetation Index | 1.5 * ((N - R)/((N ** 2.0 + R + 0.5) ** 0.5)) | -0.3 0.65 | https://doi.org/10.1109/IGARSS.2002.1026867
    TGI | Triangular Greenness Index | - 0.5 * (190 * (R - G) - 120 * (R - B)) | -5 10 | http://dx.doi.org/10.1016/j.jag.2012.07.020
    TriVI | Triangular Vegetation Index | 0.5 * (120 * (N - G) - 200 * (R - G)) | -10 25 | http://dx.doi.org/10.1016/S0034-4257(00)00197-8
    TRRVI | Transformed Red Range Vegetation Index | ((RE2 - R) / (RE2 + R)) / (((N - R) / (N + R)) + 1.0) | -0.25 0.45 | https://doi.org/10.3390/rs12152359
    TSAVI | Transformed Soil-Adjusted Vegetation Index | sla * (N - sla * R - slb) / (sla * N + R - sla * slb) | -0.5 1 | https://doi.org/10.1109/IGARSS.1989.576128
    TTVI | Transformed Triangular Vegetation Index | 0.5 * ((865.0 - 740.0) * (RE3 - RE2) - (N2 - RE2) * (783.0 - 740)) | -4 4.5 | https://doi.org/10.3390/rs12010016
    TVI | Transformed Vegetation Index | (((N - R)/(N + R)) + 0.5) ** 0.5 | 0.45 1.2 | https://ntrs.nasa.gov/citations/19740022614
    VARI | Visible Atmospherically Resistant Index | (G - R) / (G + R - B) | -0.35 0.4 | https://doi.org/10.1016/S0034-4257(01)00289-9
    VARI700 | Visible Atmospherically Resistant Index (700 nm) | (RE1 - 1.7 * R + 0.7 * B) / (RE1 + 1.3 * R - 1.3 * B) | -0.4 0.55 | https://doi.org/10.1016/S0034-4257(01)00289-9
    VI700 | Vegetation Index (700 nm) | (RE1 - R) / (RE1 + R) | -1 1 | https://doi.org/10.1016/S0034-4257(01)00289-9
    VIG | Vegetation Index Green | (G - R) / (G + R) | -1 1 | https://doi.org/10.1016/S0034-4257(01)00289-9
    WCI1 | Wheat Canopy Index (Growth Stage 1) | -1.0 * ((B - R + RE1)/(B + R + RE1 + epsilon)) * ((G + R)/(B + N + epsilon)) | -0.15 0.05 | https://doi.org/10.1016/j.mlwa.2026.100914
    WCI2 | Wheat Canopy Index (Growth Stage 2) | -1.0 * ((B + G + RE1)/(R + epsilon)) * ((B + R + RE1)/(N + epsilon)) | -2 0.5 | https://doi.org/10.1016/j.mlwa.2026.100914
    WDRVI | Wide Dynamic Range Vegetation Index | (alpha * N - R) / (alpha * N + R) | -1 -0.25 | https://doi.org/10.1078/0176-1617-01176
    WDVI | Weighted Difference Vegetation Index | N - sla * R | -0.2 0.4 | https://doi.org/10.1016/0034-4257(89)90076-X
    """
}

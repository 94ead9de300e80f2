/// The reflectances of simulated ice: those of a look-up table over density, algae and dust, and of surfaces that the
/// table does not have.
///
/// Clean ice, light and heavy algae, and snow have the means of spectra measured on the Greenland Ice Sheet in July 2017
/// (biosnicar-py, Albedo_master.csv, MIT licence); water and cryoconite are invented. In the first band only algae count,
/// so that the classes can be told apart there.
struct IceSpectra: Sendable {
  /// A band: its name among assets, its name in tables and models, its centre in nm.
  struct Band: Sendable {
    let asset: String
    let name: String
    let wavelength: Int
  }

  static let bands = [
    Band(asset: "blue", name: "B02", wavelength: 490), Band(asset: "green", name: "B03", wavelength: 560),
    Band(asset: "red", name: "B04", wavelength: 665), Band(asset: "rededge1", name: "B05", wavelength: 705),
    Band(asset: "rededge2", name: "B06", wavelength: 740),
    Band(asset: "rededge3", name: "B07", wavelength: 783),
    Band(asset: "nir08", name: "B8A", wavelength: 865),
    Band(asset: "swir16", name: "B11", wavelength: 1610),
    Band(asset: "swir22", name: "B12", wavelength: 2190),
  ]

  /// What covers the ground; the numbers are those of the model's labels and of truth.
  enum Surface: Int, CaseIterable, Sendable {
    case snow = 1
    case water, cryoconite, cleanIce, lightAlgae, heavyAlgae

    var name: String {
      switch self {
      case .snow: "snow"
      case .water: "water"
      case .cryoconite: "cryoconite"
      case .cleanIce: "clean_ice"
      case .lightAlgae: "light_algae"
      case .heavyAlgae: "heavy_algae"
      }
    }
  }

  /// An entry of the table, by position along its axes.
  struct Entry: Hashable, Sendable {
    var density = 0
    var algae = 0
    var dust = 0
  }

  /// kg m-3
  static let densities = [500.0, 650, 800]
  /// Cells in a millilitre.
  static let algae = [0.0, 5_000, 15_000, 30_000, 60_000]
  /// Nanograms in a gram.
  static let dusts = [0.0, 200_000]

  private static let clean = [0.636, 0.630, 0.618, 0.611, 0.596, 0.558, 0.521, 0.020, 0.020]
  private static let heavy = [0.301, 0.298, 0.317, 0.333, 0.328, 0.312, 0.286, 0.016, 0.015]
  private static let snow = [0.763, 0.760, 0.741, 0.728, 0.710, 0.668, 0.629, 0.049, 0.053]
  private static let water = [0.160, 0.140, 0.100, 0.080, 0.060, 0.050, 0.040, 0.010, 0.008]
  private static let cryoconite = [0.120, 0.125, 0.130, 0.130, 0.128, 0.120, 0.112, 0.060, 0.050]

  /// The reflectance of an entry of the table in a band.
  static func reflectance(_ entry: Entry, band: Int) -> Double {
    let share = Double(entry.algae) / Double(algae.count - 1)
    let base = clean[band] + share * (heavy[band] - clean[band])
    let density = (4...6).contains(band) ? [1.06, 1, 0.92][entry.density] : 1
    let dust = entry.dust > 0 && (1...2).contains(band) ? 0.94 : 1
    return base * density * dust
  }

  /// The reflectance of snow, water or cryoconite; nil for ice, whose entry says it.
  static func reflectance(_ surface: Surface, band: Int) -> Double? {
    switch surface {
    case .snow: snow[band]
    case .water: water[band]
    case .cryoconite: cryoconite[band]
    case .cleanIce, .lightAlgae, .heavyAlgae: nil
    }
  }

  /// The class that ice with so much algae belongs to.
  static func surface(ofAlgae level: Int) -> Surface {
    level == 0 ? .cleanIce : level <= 2 ? .lightAlgae : .heavyAlgae
  }

  /// The table as CSV, in the order of its axes.
  static var table: String {
    var lines = [
      (["density [kg m-3]", "glacier_algae [mL-1]", "dust [ng g-1]"] + bands.map(\.name)).joined(
        separator: ",")
    ]
    for (density, kilograms) in densities.enumerated() {
      for (algae, cells) in algae.enumerated() {
        for (dust, nanograms) in dusts.enumerated() {
          let entry = Entry(density: density, algae: algae, dust: dust)
          lines.append(
            (["\(kilograms)", "\(cells)", "\(nanograms)"]
              + bands.indices.map { "\(reflectance(entry, band: $0))" }).joined(separator: ","))
        }
      }
    }
    return lines.joined(separator: "\n") + "\n"
  }

  /// A model that tells the surfaces apart, as LightGBM writes its text: a tree for each class, all of one shape.
  static var model: String {
    let features = bands.map(\.name).joined(separator: " ")
    // Dark in blue: water where near infrared is dark too. Then algae by how dark blue is.
    let leaves: [Surface] = [.water, .cryoconite, .heavyAlgae, .lightAlgae, .cleanIce, .snow]
    let trees = Surface.allCases.enumerated().map { place, surface in
      """
      Tree=\(place)
      num_leaves=6
      num_cat=0
      split_feature=0 6 0 0 0
      split_gain=1 1 1 1 1
      threshold=0.25 0.07 0.43 0.6 0.7
      decision_type=2 2 2 2 2
      left_child=1 -1 -3 -4 -5
      right_child=2 -2 3 4 -6
      leaf_value=\(leaves.map { $0 == surface ? "8" : "0" }.joined(separator: " "))
      leaf_weight=1 1 1 1 1 1
      leaf_count=1 1 1 1 1 1
      internal_value=0 0 0 0 0
      internal_weight=1 1 1 1 1
      internal_count=1 1 1 1 1
      is_linear=0
      shrinkage=1


      """
    }
    return """
      tree
      version=v4
      num_class=\(Surface.allCases.count)
      num_tree_per_iteration=\(Surface.allCases.count)
      label_index=0
      max_feature_idx=\(bands.count - 1)
      objective=multiclass num_class:\(Surface.allCases.count)
      feature_names=\(features)
      feature_infos=\(bands.map { _ in "[0:1]" }.joined(separator: " "))


      """ + trees.joined() + "end of trees\n"
  }
}

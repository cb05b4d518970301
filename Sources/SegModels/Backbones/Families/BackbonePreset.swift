/// A backbone that is known by name, and the usual name of its weights' file.
public struct BackbonePreset: Sendable, Hashable {
    /// The usual name of the weights' file.
    public var fileName: String
    /// Network, pixels and levels.
    public var description: BackboneDescription

    /// Makes a preset; `fileName` goes without its ending `.safetensors`.
    public init(_ name: String, fileName: String, _ network: some BackboneFamily, _ preprocessing: Preprocessing) {
        self.fileName = fileName + ".safetensors"
        description = BackboneDescription(
            name: name, network: NetworkConfiguration(network), preprocessing: preprocessing)
    }

    /// Those of all families.
    static var all: [BackbonePreset] { BackboneFamilies.all.flatMap { $0.presets } }
}

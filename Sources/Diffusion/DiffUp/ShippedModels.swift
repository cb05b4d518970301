public import Foundation

/// The weights that come with the library: made by `Scripts/train-shipped-model.sh`, trained on drawn images alone.
public enum ShippedModels {
    /// The model that is trained on the base classes of Shapes-5i's fold 0.
    public struct Files: Sendable {
        /// A backbone with its description in the metadata, for `Backbones.load(weights:)`.
        public var backbone: URL
        /// A decoder, for ``DiffUpCheckpoint``.
        public var decoder: URL
    }

    /// The files of the Shapes-5i model; nil where the resources were left out of the build.
    public static var shapes5i: Files? {
        func file(_ name: String) -> URL? {
            Bundle.module.url(forResource: name, withExtension: "safetensors", subdirectory: "Resources/shapes5i")
        }
        guard let backbone = file("backbone"), let decoder = file("decoder") else { return nil }
        return Files(backbone: backbone, decoder: decoder)
    }
}

public import Foundation
public import SegModels
internal import TensorCore

/// The weights that come with the library.
public enum ShippedModels {
    /// The model that is trained on the base classes of Shapes-5i's fold 0, drawn images alone, by `Scripts/train-shipped-model.sh`.
    public struct Files: Sendable {
        /// A backbone with its description in the metadata, for `Backbones.load(weights:)`.
        public var backbone: URL
        /// A decoder, for ``DiffUpCheckpoint``.
        public var decoder: URL
    }

    /// The files of the Shapes-5i model; nil where the resources were left out of the build.
    public static var shapes5i: Files? {
        guard let backbone = file("backbone", in: "shapes5i"), let decoder = file("decoder", in: "shapes5i") else { return nil }
        return Files(backbone: backbone, decoder: decoder)
    }

    /// A decoder for photos, for ``DiffUpCheckpoint``: trained by `Scripts/train-photo-decoder.sh` behind several backbones with ImageNet
    /// weights, and used behind any. Nil where the resources were left out of the build.
    public static var photoDecoder: URL? { file("decoder", in: "photos") }

    /// Words for the backbone of ``shapes5i``, for `WordModel.load(_:)`: trained by `Scripts/train-words.sh` on captions of fold 0's base
    /// classes, and of no use behind another backbone. Nil where the resources were left out of the build.
    public static var words: URL? { file("words", in: "shapes5i") }

    /// The words that come along, for whoever stands behind their backbone.
    ///
    /// - Parameter backbone: told by its content; it may come from any file.
    /// - Returns: nil for a backbone of other weights, and where the resources were left out of the build.
    /// - Throws: `CheckpointError` and `TextEncoderError` for a file that was damaged.
    public static func words(behind backbone: any Backbone) throws -> WordModel? {
        guard let model = try words.map({ try WordModel.load($0) }), model.backboneDigest == backbone.contentDigest else {
            return nil
        }
        return model
    }

    private static func file(_ name: String, in folder: String) -> URL? {
        Bundle.module.url(forResource: name, withExtension: "safetensors", subdirectory: "Resources/\(folder)")
    }
}

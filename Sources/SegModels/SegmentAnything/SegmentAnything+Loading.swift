public import Foundation
public import TensorCore

/// Why a Segment Anything network could not be loaded.
public enum SAMError: Error, Sendable, CustomStringConvertible {
    /// The file cannot be read, or its tensors are not the network's.
    case weights(file: String, reason: String)
    /// The values make no network.
    case configuration(source: String, reason: String)

    public var description: String {
        switch self {
        case .weights(let place, let reason), .configuration(let place, let reason): "\(place): \(reason)"
        }
    }
}

extension SegmentAnything {
    /// The kinds of image encoders that weights are compared with.
    public static let encoders: [any SAMEncoderShape.Type] = [SAMViT.self, SAMTinyViT.self]

    /// Loads a network and freezes it. Its shape comes from the weights.
    ///
    /// - Parameters:
    ///   - weights: a PyTorch (`.pth`, `.pt`) or safetensors file with the original names, MobileSAM's or those of Hugging Face's
    ///     `SamModel`.
    ///   - encoders: the kinds of image encoders that may be in the file.
    ///   - imageSize: the side of images, where weights do not tell it, as MobileSAM's do not; 1024 in every published file.
    ///   - decoderHeads: the decoder's heads, which weights do not tell; 8 in every published file.
    ///   - precision: the type of activations.
    /// - Throws: ``SAMError`` with what is wrong with the values, or every missing, unexpected and mismatched tensor.
    public static func load(
        weights: URL, encoders: [any SAMEncoderShape.Type] = encoders, imageSize: Int = 1024, decoderHeads: Int = 8,
        precision: Precision = .float32
    ) throws(SAMError) -> SegmentAnything {
        let file: WeightsFile
        let digest: String
        do throws(BackboneError) { (file, digest) = try Self.opened(weights) } catch {
            throw .weights(file: weights.relativePath, reason: "\(error)")
        }
        let source = file.state.source
        let index = WeightsIndex(file.state).canonical(SAMKeyMaps.all)
        let found = SAMConfiguration.detected(in: index, encoders, imageSize: imageSize, decoderHeads: decoderHeads)
        guard let configuration = found else {
            throw .weights(
                file: source,
                reason:
                    "holds no Segment Anything network: expected image_encoder, prompt_encoder and mask_decoder with a vision "
                    + "transformer (pos_embed, blocks, neck) or a TinyViT (patch_embed, layers, neck), or Hugging Face's vision_encoder"
            )
        }
        try configuration.validate(source: source)
        let model = SegmentAnything(
            ParameterScope(.loading), configuration, precision: precision, weightsSHA256: digest)
        do throws(CheckpointError) {
            try model.load(try file.state.canonical(SAMKeyMaps.all))
        } catch {
            throw .weights(file: source, reason: "\(error)")
        }
        return model
    }

    private static func opened(_ weights: URL) throws(BackboneError) -> (WeightsFile, String) {
        let file = try WeightsFile(weights)
        return (file, try file.sha256())
    }
}

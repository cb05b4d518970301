public import Foundation
public import TensorCore

/// Why a Segment Anything network could not be loaded.
public enum SAMError: Error, Sendable, CustomStringConvertible {
    /// The file cannot be read, or its tensors are not the network's.
    case weights(file: String, reason: String)

    public var description: String {
        switch self {
        case .weights(let file, let reason): "\(file): \(reason)"
        }
    }
}

extension SegmentAnything {
    /// Loads a network and freezes it. Its shape comes from the weights.
    ///
    /// - Parameters:
    ///   - weights: a `.pth` or safetensors file with the original names or those of Hugging Face's `SamModel`.
    ///   - decoderHeads: the decoder's heads, which weights do not tell; 8 in every published file.
    ///   - precision: the type of activations.
    /// - Throws: ``SAMError`` with every missing, unexpected and mismatched tensor.
    public static func load(
        weights: URL, decoderHeads: Int = 8, precision: Precision = .float32
    ) throws(SAMError) -> SegmentAnything {
        let file: WeightsFile
        do throws(BackboneError) { file = try WeightsFile(weights) } catch {
            throw .weights(file: weights.relativePath, reason: "\(error)")
        }
        let source = file.state.source
        guard var configuration = SAMConfiguration.detected(in: WeightsIndex(file.state).canonical(SAMKeyMaps.all)) else {
            throw .weights(
                file: source,
                reason:
                    "holds no Segment Anything network: expected image_encoder.pos_embed [1, g, g, width], its blocks, neck and "
                    + "mask_decoder, or Hugging Face's vision_encoder and mask_decoder")
        }
        let inner = configuration.channels / 2
        guard decoderHeads > 0, inner % decoderHeads == 0, configuration.channels % 8 == 0 else {
            throw .weights(
                file: source,
                reason: "has \(configuration.channels) channels in the decoder, expected a multiple of 8 and of twice its "
                    + "\(decoderHeads) heads")
        }
        configuration.decoderHeads = decoderHeads
        let model = SegmentAnything(ParameterScope(.loading), configuration, precision: precision)
        do throws(CheckpointError) {
            try model.load(try file.state.canonical(SAMKeyMaps.all))
        } catch {
            throw .weights(file: source, reason: "\(error)")
        }
        return model
    }
}

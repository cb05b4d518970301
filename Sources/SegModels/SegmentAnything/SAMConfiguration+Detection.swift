internal import TensorCore

extension SAMConfiguration {
    /// Reads the shape of a network from the tensors of a file with the published names; nil where they are not SAM's.
    ///
    /// - Parameters:
    ///   - weights: names and shapes.
    ///   - encoders: the kinds of encoders that are looked for, in turn.
    ///   - imageSize: of networks whose tensors do not tell it.
    ///   - decoderHeads: are not among shapes.
    static func detected(
        in weights: WeightsIndex, _ encoders: [any SAMEncoderShape.Type], imageSize: Int, decoderHeads: Int
    ) -> SAMConfiguration? {
        guard let channels = weights["prompt_encoder.no_mask_embed.weight"]?.last,
            let hidden = weights.outputs(of: "mask_decoder.transformer.layers.0.mlp.lin1"),
            let qualityHidden = weights.outputs(of: "mask_decoder.iou_prediction_head.layers.0")
        else { return nil }
        let parts = weights.removingPrefix("image_encoder.")
        for kind in encoders {
            guard let (encoder, side) = found(kind, parts) else { continue }
            return SAMConfiguration(
                encoder: encoder, imageSize: side ?? imageSize, channels: channels, decoderHeads: decoderHeads,
                decoderHidden: hidden, qualityHidden: qualityHidden)
        }
        return nil
    }

    private static func found<Shape: SAMEncoderShape>(
        _ kind: Shape.Type, _ weights: WeightsIndex
    ) -> (SAMEncoderConfiguration, Int?)? {
        kind.detected(in: weights).map { (SAMEncoderConfiguration($0.shape), $0.imageSize) }
    }
}

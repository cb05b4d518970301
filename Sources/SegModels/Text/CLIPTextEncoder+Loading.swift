public import Foundation
public import TensorCore

extension CLIPTextEncoder {
    /// Loads a text tower and freezes it.
    ///
    /// The shape comes from the weights. What they do not tell is taken from the preset: the space, without which texts and images
    /// of two networks could be compared.
    ///
    /// - Parameters:
    ///   - weights: a checkpoint with the text tower, alone or beside the image tower, with OpenAI's, OpenCLIP's or Hugging Face's
    ///     names.
    ///   - preset: the image tower's preset (``CLIPText/published``); nil for other weights, whose space is that of the image
    ///     tower in the same file, or ``CLIPSpace/unnamed``.
    ///   - activation: `.gelu` for OpenCLIP's own weights.
    ///   - vocabulary: the vocabulary's file or folder; by default it is looked for beside the weights.
    ///   - precision: the type of activations.
    /// - Throws: ``TextEncoderError`` with every missing, unexpected and mismatched tensor, and for a missing vocabulary.
    public static func load(
        weights: URL, preset: String? = nil, activation: CLIPActivation = .quickGELU, vocabulary: URL? = nil,
        precision: Precision = .float32
    ) throws(TextEncoderError) -> CLIPTextEncoder {
        let file: WeightsFile
        do throws(BackboneError) { file = try WeightsFile(weights) } catch {
            throw .weights(file: weights.relativePath, reason: "\(error)")
        }
        var shape = try shape(in: file.state, preset)
        shape.activation = activation
        let tokenizer: CLIPTokenizer
        do throws(TokenizerError) {
            if let vocabulary {
                tokenizer = try CLIPTokenizer(contentsOf: vocabulary)
            } else {
                tokenizer = try CLIPTokenizer(beside: weights)
            }
        } catch {
            throw .vocabulary(error)
        }
        let encoder = try CLIPTextEncoder(
            ParameterScope(.loading), shape, name: preset ?? "clip", tokenizer: tokenizer, precision: precision)
        do {
            try encoder.load(try file.state.canonical(CLIPCheckpoint.textMaps))
        } catch {
            throw .weights(file: file.state.source, reason: "\(error)")
        }
        return encoder
    }

    private static func shape(in state: StateDict, _ preset: String?) throws(TextEncoderError) -> CLIPText {
        let index = WeightsIndex(state)
        guard var found = CLIPText.detected(in: index.canonical(CLIPCheckpoint.textMaps)) else {
            throw .weights(
                file: state.source,
                reason: "holds no CLIP text tower: expected token_embedding.weight, positional_embedding and text_projection, or "
                    + "Hugging Face's text_model and text_projection")
        }
        guard let preset else {
            let images = index.canonical(CLIPCheckpoint.imageMaps)
            found.space = CLIPViT.detected(in: images).first?.space ?? CLIPResNet.detected(in: images).first?.space ?? found.space
            return found
        }
        guard let known = CLIPText.published[preset] else {
            throw .unknownName(preset, known: CLIPText.published.keys.sorted())
        }
        found.space = known.space
        guard found == known else {
            throw .weights(file: state.source, reason: "is another tower than \(preset)'s: found \(found), expected \(known)")
        }
        return known
    }
}

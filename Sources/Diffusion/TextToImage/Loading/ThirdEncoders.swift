internal import Foundation
internal import SegModels
internal import TensorCore

/// The text encoders of version 3 before their networks are made, which happens for every prompt.
struct ThirdEncoders: Sendable {
    /// A text encoder.
    struct Encoder<Shape: Sendable>: Sendable {
        var shape: Shape
        var open: ThirdEncoderFiles.Opening
    }

    /// CLIP's towers.
    var towers: [Encoder<CLIPTextTowerShape>]
    /// T5; nil for zeros in its place.
    var t5: Encoder<T5EncoderShape>?
    /// T5's model of SentencePiece; there where T5 is.
    var pieces: URL?
    /// CLIP's vocabulary.
    var vocabulary: URL
    /// Folders of diffusers' tokenizers, which say what fills up the towers' prompts; nil for the end's token and "!".
    var tokenizers: [URL]?
    /// Adapters that change them.
    var adapters: [LoRA]

    init(towers: [Encoder<CLIPTextTowerShape>], vocabulary: URL, adapters: [LoRA]) {
        (self.towers, self.vocabulary, self.adapters) = (towers, vocabulary, adapters)
    }

    /// Refuses encoders of another model than the transformer's.
    func require(_ transformer: MMDiTConfiguration, of url: URL) throws(TextToImageError) {
        let shapes = towers.map(\.shape)
        let width = shapes.reduce(0) { $0 + $1.width }
        let pooled = shapes.reduce(0) { $0 + ($1.projection ?? 0) }
        guard width <= transformer.contextWidth, pooled == transformer.pooledWidth,
            t5.map({ $0.shape.width == transformer.contextWidth }) ?? true
        else {
            throw .architecture(
                file: url.path, found: "text encoders of widths \(shapes.map(\.width)) and \(t5?.shape.width ?? 0)",
                expected: "those of a transformer that reads \(transformer.contextWidth) and \(transformer.pooledWidth)",
                advice: "give parts of one model")
        }
    }

    /// The encoders' tensors, and how adapters call them.
    func parts() throws(TextToImageError) -> [(names: LoRANames, weights: StateDict)] {
        var parts: [(LoRANames, StateDict)] = []
        for (index, tower) in towers.enumerated() { parts.append((.text(index + 1), try tower.open())) }
        if let t5 { parts.append((.text(3), try t5.open())) }
        return parts
    }

    private func paddings(_ tokenizer: CLIPTokenizer) throws(TextToImageError) -> [Int] {
        guard let tokenizers else { return [tokenizer.vocabulary.endToken, 0] }
        var paddings: [Int] = []
        for folder in tokenizers { paddings.append(try ModelParts.padding(folder, tokenizer)) }
        return paddings
    }

    /// An encoder's tensors with what the adapters change.
    private func weights<Shape>(_ encoder: Encoder<Shape>, _ number: Int) throws(TextToImageError) -> StateDict {
        var state = try encoder.open()
        for adapter in adapters { try adapter.merge(into: &state, .text(number)) }
        return state
    }

    /// The encoders.
    func made() throws(TextToImageError) -> ThreefoldPrompts.Encoders {
        let tokenizer = try ModelParts.vocabulary(vocabulary)
        var own: [CLIPTextTower] = []
        for (index, encoder) in towers.enumerated() {
            let shape = encoder.shape
            guard shape.vocabulary == tokenizer.vocabulary.count else {
                throw .text(
                    .vocabulary(
                        .size(source: tokenizer.vocabulary.source, found: tokenizer.vocabulary.count, expected: shape.vocabulary))
                )
            }
            let (tower, state): (CLIPTextTower, StateDict)
            do throws(TextEncoderError) { tower = try CLIPTextTower(ParameterScope(.loading), shape) } catch {
                throw .text(error)
            }
            let found = try weights(encoder, index + 1)
            do throws(CheckpointError) { state = try CLIPTextTower.canonical(found) } catch { throw .weights(error) }
            try ComponentWeights.load(state, into: tower)
            own.append(tower)
        }
        let fillers = try paddings(tokenizer)
        guard let t5, let place = pieces else {
            return ThreefoldPrompts.Encoders(towers: own, tokenizer: tokenizer, paddings: fillers)
        }
        let pieces: SentencePieceTokenizer
        let encoder: T5Encoder
        do throws(TokenizerError) { pieces = try SentencePieceTokenizer(contentsOf: place) } catch {
            throw .text(.vocabulary(error))
        }
        guard pieces.count <= t5.shape.vocabulary else {
            throw .text(.vocabulary(.size(source: place.path, found: pieces.count, expected: t5.shape.vocabulary)))
        }
        do throws(TextEncoderError) { encoder = try T5Encoder(ParameterScope(.loading), t5.shape) } catch { throw .text(error) }
        try ComponentWeights.load(T5Encoder.canonical(weights(t5, 3)), into: encoder)
        return ThreefoldPrompts.Encoders(
            towers: own, tokenizer: tokenizer, paddings: fillers, t5: encoder, pieces: pieces)
    }
}

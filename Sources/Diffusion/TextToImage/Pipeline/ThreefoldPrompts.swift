public import SegModels
public import TensorCore

/// Prompts as Stable Diffusion 3 reads them: the states before the last blocks of two CLIP towers side by side, T5's states behind them, and
/// the towers' own vectors.
///
/// The encoders are made for every call and let go of behind it, so that they and the denoiser are not in memory at once.
public struct ThreefoldPrompts: PromptEncoder {
    /// The encoders.
    public struct Encoders: Sendable {
        /// CLIP's towers: ViT-L/14's and OpenCLIP's bigG.
        public var towers: [CLIPTextTower]
        /// What their prompts are split by.
        public var tokenizer: CLIPTokenizer
        /// The tokens that fill up the towers' prompts: the end's, and "!".
        public var paddings: [Int]
        /// T5; nil for zeros in its place.
        public var t5: T5Encoder?
        /// What T5's prompts are split by; there where T5 is.
        public var pieces: SentencePieceTokenizer?

        /// Puts encoders together.
        public init(
            towers: [CLIPTextTower], tokenizer: CLIPTokenizer, paddings: [Int], t5: T5Encoder? = nil,
            pieces: SentencePieceTokenizer? = nil
        ) {
            (self.towers, self.tokenizer, self.paddings, self.t5, self.pieces) = (towers, tokenizer, paddings, t5, pieces)
        }
    }

    public let contextWidth: Int
    /// Tokens of T5's prompts: 256.
    public let length: Int
    /// The type of activations.
    public let precision: Precision
    public let passingBytes: Int
    private let make: @Sendable () throws -> Encoders

    /// An encoder.
    ///
    /// - Parameters:
    ///   - contextWidth: of the denoiser; the towers' states are filled up to it.
    ///   - length: tokens of T5's prompts.
    ///   - precision: the type of activations.
    ///   - bytes: of the encoders' weights.
    ///   - make: makes the encoders.
    public init(
        contextWidth: Int, length: Int = 256, precision: Precision = .float32, bytes: Int = 0,
        _ make: @escaping @Sendable () throws -> Encoders
    ) {
        (self.contextWidth, self.length, self.precision, self.make) = (contextWidth, length, precision, make)
        passingBytes = bytes
    }

    public var modules: [any Module] { [] }

    public func passingModules() throws -> [any Module] {
        let encoders = try make()
        let towers: [any Module] = encoders.towers
        guard let t5 = encoders.t5 else { return towers }
        return towers + [t5]
    }

    public func vocabularyDigests() throws -> [String] {
        let encoders = try make()
        let pieces = encoders.pieces.map { [$0.digest] } ?? []
        return [encoders.tokenizer.vocabulary.digest, "\(encoders.paddings)"] + pieces
    }

    public func encoded(_ prompts: [String]) throws -> EncodedPrompts {
        let encoders = try make()
        var remarks: [String] = []
        var states: [Tensor] = []
        var vectors: [Tensor] = []
        for (tower, padding) in zip(encoders.towers, encoders.paddings) {
            let found = prompts.map { encoders.tokenizer.sequence(of: $0, length: tower.shape.context, padding: padding) }
            let own = tower(found.map(\.tokens), precision: precision)
            states.append(own.penultimate.converted(to: .float32))
            if let pooled = own.pooled { vectors.append(pooled.converted(to: .float32)) }
            for (prompt, found) in zip(prompts, found) where found.omitted > 0 && states.count == 1 {
                remarks.append("CLIP reads only the first \(tower.shape.context - 2) tokens of \"\(prompt.prefix(40))...\"")
            }
        }
        let clip = Tensor.concatenated(states, axis: 2)
        let filled = clip.padded(before: [0, 0, 0], after: [0, 0, contextWidth - clip.shape[2]])
        let t5 = self.t5(prompts, encoders, beside: clip, &remarks)
        return EncodedPrompts(
            context: .concatenated([filled, t5], axis: 1), pooled: .concatenated(vectors, axis: 1), remarks: remarks)
    }

    private func t5(_ prompts: [String], _ encoders: Encoders, beside other: Tensor, _ remarks: inout [String]) -> Tensor {
        guard let t5 = encoders.t5, let pieces = encoders.pieces else {
            return Tensor(repeating: 0, shape: [prompts.count, length, contextWidth], beside: other)
        }
        let found = prompts.map { pieces.sequence(of: $0, length: length) }
        for (prompt, found) in zip(prompts, found) where found.omitted > 0 {
            remarks.append("T5 reads only the first \(length - 1) tokens of \"\(prompt.prefix(40))...\"")
        }
        return t5(found.map(\.tokens), precision: precision).converted(to: .float32)
    }
}

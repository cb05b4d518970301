public import TensorCore

/// The vectors of names, such as the classes of a dataset, in the space that texts share with pixels.
public struct TextPrototypes: Sendable {
    /// The names.
    public let names: [String]
    /// Their vectors at length one, float32 `[K, D]`, in the order of ``names``.
    public let vectors: Tensor

    /// Encodes names.
    ///
    /// - Parameters:
    ///   - names: at least one.
    ///   - templates: the sentences that they are put into.
    ///   - encoder: the tower of the sentences.
    /// - Throws: ``TextEncoderError`` for a text that has no vector, and where there is no name.
    public init(
        _ names: [String], _ templates: PromptTemplates = .photo, encoder: any TextEncoder
    ) throws(TextEncoderError) {
        guard !names.isEmpty else {
            throw .unusable(text: "", encoder: encoder.name, reason: "was given no names, expected at least one")
        }
        self.names = names
        vectors = try PromptedTextEncoder(encoder, templates).encoded(names).detached()
    }

    /// The vector of a name, `[1, D]`.
    ///
    /// - Throws: ``TextEncoderError/unknownName(_:known:)``.
    public func vector(of name: String) throws(TextEncoderError) -> Tensor {
        guard let index = names.firstIndex(of: name) else { throw .unknownName(name, known: names) }
        return vectors.sliced(axis: 0, from: index, count: 1)
    }

    /// The cosine of every name and pixel, `[K, P]`.
    public func cosines(with query: QueryFeatures) -> Tensor {
        vectors.matmul(query.directions, transposed: .right)
    }

    /// How the names share every pixel, `[K, P]`: the softmax of the cosines over the names.
    ///
    /// - Parameter temperature: divides the cosines: 1 in PGMA-Net, 0.01 as CLIP was trained.
    public func shares(of query: QueryFeatures, temperature: Float = 1) -> Tensor {
        precondition(temperature > 0, "TextPrototypes.shares: temperature \(temperature) is not positive")
        return (cosines(with: query) * (1 / temperature)).softmax(axis: 0)
    }
}

/// How much of a pixel a text claims against all names of a dataset: PGMA-Net's text prior (Chen et al. 2024), the softmax of the
/// cosines over the names.
///
/// A text that is none of the names competes with them.
public struct TextSoftmax: TextPriorTransformation {
    /// What texts compete with.
    public let rivals: TextPrototypes
    /// Divides the cosines: 1 in PGMA-Net, 0.01 as CLIP was trained.
    public let temperature: Float

    /// Makes the transformation.
    ///
    /// - Precondition: a positive temperature.
    public init(among rivals: TextPrototypes, temperature: Float = 1) {
        precondition(temperature > 0, "TextSoftmax: temperature \(temperature) is not positive")
        self.rivals = rivals
        self.temperature = temperature
    }

    public func prior(_ texts: Tensor, _ query: QueryFeatures) -> Tensor {
        let own = texts.converted(to: .float32).normalized(axis: 1)
        // Rounding apart, a text and the same name have cosine one.
        let isKnown = own.matmul(rivals.vectors, transposed: .right).scalars.map { $0 > 0.9999 }
        let factor = 1 / temperature
        let others = rivals.cosines(with: query) * factor
        let count = rivals.names.count
        let rows = (0..<own.shape[0]).map { index -> Tensor in
            let row = own.sliced(axis: 0, from: index, count: 1).matmul(query.directions, transposed: .right) * factor
            let same = isKnown[(index * count)..<((index + 1) * count)]
            let rest = zip(same, 0..<count).filter { !$0.0 }.map { Int64($0.1) }
            let rows = others.gathered(at: Tensor(rest, shape: [rest.count], beside: others))
            return Tensor.concatenated([row, rows], axis: 0).softmax(axis: 0).sliced(axis: 0, from: 0, count: 1)
        }
        return .concatenated(rows, axis: 0)
    }
}

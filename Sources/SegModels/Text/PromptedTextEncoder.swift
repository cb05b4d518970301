public import TensorCore

/// A text encoder whose texts are names: each is put into ``PromptTemplates``, and its vector is the mean of the sentences'
/// directions, at length one.
public final class PromptedTextEncoder: TextEncoder {
    /// The encoder of the sentences.
    public let encoder: any TextEncoder
    /// What names are put into.
    public let templates: PromptTemplates

    /// Wraps `encoder`.
    public init(_ encoder: any TextEncoder, _ templates: PromptTemplates) {
        self.encoder = encoder
        self.templates = templates
    }

    public var scope: ParameterScope { encoder.scope }
    public var name: String { encoder.name }
    public var space: String { encoder.space }
    public var dimension: Int { encoder.dimension }

    public func encoded(_ texts: [String]) throws(TextEncoderError) -> Tensor {
        let count = templates.templates.count
        var rows: [Tensor] = []
        // A name at a time: the sentences of one are alike in length, and their number bounds the memory.
        for text in texts {
            let directions = try encoder.encoded(templates.sentences(of: text)).converted(to: .float32).normalized(axis: 1)
            rows.append(count == 1 ? directions : directions.mean(axes: [0], keepingDimensions: true).normalized(axis: 1))
        }
        return rows.isEmpty ? Tensor(zeros: [0, dimension]) : .concatenated(rows, axis: 0)
    }
}

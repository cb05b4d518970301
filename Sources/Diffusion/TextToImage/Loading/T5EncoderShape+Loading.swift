internal import SegModels
internal import TensorCore

extension T5EncoderShape {
    /// The shape that a T5 encoder's `config.json` describes.
    init(_ file: inout DiffusersConfiguration) throws(TextToImageError) {
        self.init()
        try file.require("model_type", .text("t5"))
        vocabulary = try file.whole("vocab_size", 32128)
        width = try file.whole("d_model", 512)
        headWidth = try file.whole("d_kv", 64)
        heads = try file.whole("num_heads", 8)
        hidden = try file.whole("d_ff", 2048)
        depth = try file.whole("num_layers", 6)
        buckets = try file.whole("relative_attention_num_buckets", 32)
        farthest = try file.whole("relative_attention_max_distance", 128)
        epsilon = Float(try file.number("layer_norm_epsilon", 1e-6))
        guard try file.text("feed_forward_proj") == "gated-gelu" else {
            throw .configuration(file: file.path, key: "feed_forward_proj", reason: "found another one, expected \"gated-gelu\"")
        }
        // Everything else in transformers' files is about training, or about text that is written.
        do throws(TextEncoderError) { try validate(source: file.path) } catch { throw .text(error) }
    }

    /// The shape of which a file's tensors under Hugging Face's names are.
    init(detecting state: StateDict) throws(TextToImageError) {
        self.init()
        let table = ["shared.weight", "encoder.embed_tokens.weight"].compactMap { state.shape(of: $0) }.first
        let block = "encoder.block.0.layer."
        let distances = state.shape(of: block + "0.SelfAttention.relative_attention_bias.weight")
        let query = state.shape(of: block + "0.SelfAttention.q.weight")
        let expansion = state.shape(of: block + "1.DenseReluDense.wi_0.weight")
        guard let table, let distances, let query, let expansion,
            [table, distances, query, expansion].allSatisfy({ $0.rank == 2 }), distances[1] > 0, query[0] % distances[1] == 0
        else {
            throw .architecture(
                file: state.source, found: "tensors such as \(state.names.first ?? "none")",
                expected: "the encoder of T5 1.1 (shared, encoder.block, gated feed-forward parts)",
                advice: "get t5xxl_fp16.safetensors, or text_encoder_3 of the folder of diffusers")
        }
        (vocabulary, width, hidden) = (table[0], table[1], expansion[0])
        (buckets, heads, headWidth) = (distances[0], distances[1], query[0] / distances[1])
        depth = state.count { "encoder.block.\($0).layer.0.SelfAttention.q.weight" }
        do throws(TextEncoderError) { try validate(source: state.source) } catch { throw .text(error) }
    }
}

/// How the names of one publisher's checkpoints become those that a family registers, as data.
///
/// ```swift
/// KeyMap(layout: "Hugging Face", marker: "embeddings.cls_token", [
///     .rename("encoder.layer.{}.norm1.{*}", to: "blocks.{}.norm1.{*}"),
///     .join(["encoder.layer.{}.query.{*}", "encoder.layer.{}.key.{*}", "encoder.layer.{}.value.{*}"], to: "blocks.{}.qkv.{*}"),
///     .drop("embeddings.mask_token"),
/// ])
/// ```
/// In a pattern `{}` stands for one part of a dotted name and `{*}`, at the end, for all that is left. Their texts go, in order,
/// where the same signs stand in the new name. Of several rules that fit a name the first counts; names that none fits stay.
public struct KeyMap: Sendable, Hashable {
    /// What becomes of names.
    public enum Rule: Sendable, Hashable {
        /// Another name for the same tensor.
        case rename(String, to: String)
        /// Several tensors one after another along the first axis; `zeros` is the number of a part that publishers leave out
        /// because it is zero, counted among the parts of the result.
        case join([String], to: String, zeros: Int? = nil)
        /// A tensor that the network does not need.
        case drop(String)
    }

    /// Whose names these are, for messages.
    public var layout: String
    /// A pattern that a name of such a file fits and no name of other layouts.
    public var marker: String
    /// What becomes of the names.
    public var rules: [Rule]

    /// Makes a map.
    public init(layout: String, marker: String, _ rules: [Rule]) {
        self.layout = layout
        self.marker = marker
        self.rules = rules
    }

    /// Whether a file of these names has the layout.
    func fits(_ names: some Sequence<String>) -> Bool {
        let marker = KeyPattern(marker)
        return names.contains { marker.matched(by: $0) != nil }
    }
}

/// A pattern of dotted names; see ``KeyMap``.
struct KeyPattern {
    private let parts: [Substring]

    init(_ text: String) { parts = text.split(separator: ".", omittingEmptySubsequences: false) }

    /// The texts of the signs where the pattern fits `name`, nil where it does not.
    func matched(by name: String) -> [Substring]? {
        var texts: [Substring] = []
        var rest = name[...]
        for (index, part) in parts.enumerated() {
            if part == "{*}" { return rest.isEmpty ? nil : texts + [rest] }
            let end = rest.firstIndex(of: ".") ?? rest.endIndex
            let found = rest[..<end]
            guard part == "{}" ? !found.isEmpty : part == found else { return nil }
            if part == "{}" { texts.append(found) }
            let isLast = index == parts.count - 1
            if end == rest.endIndex { return isLast ? texts : nil }
            rest = rest[rest.index(after: end)...]
        }
        return nil
    }

    /// The name with `texts` where the signs stand.
    func name(with texts: [Substring]) -> String {
        var rest = texts[...]
        return parts.map { part in part == "{}" || part == "{*}" ? rest.popFirst() ?? "" : part }.joined(separator: ".")
    }
}

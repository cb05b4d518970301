internal import TensorCore

/// What a ``KeyMap`` makes of the names of one file: for every new name the tensors that it is made of.
struct KeyMapPlan {
    /// A tensor of the result.
    struct Entry {
        /// The file's tensors that stand one after another along the first axis.
        var parts: [String]
        /// The place of a part of zeros among them.
        var zeros: Int?
    }

    private(set) var entries: [String: Entry] = [:]

    /// Plans for a file of `names`; a join whose parts are not all there leaves them as they are.
    init(_ map: KeyMap, _ names: some Sequence<String>) {
        let rules = map.rules.map(CompiledRule.init)
        var joins: [String: (rule: CompiledRule, parts: [Int: String])] = [:]
        for name in names {
            guard let (rule, part, texts) = Self.first(of: rules, fitting: name) else {
                entries[name] = Entry(parts: [name])
                continue
            }
            guard let target = rule.target else { continue }
            let new = target.name(with: texts)
            if rule.sources.count > 1 {
                joins[new, default: (rule, [:])].parts[part] = name
            } else {
                // Of two tensors that would take one name the second keeps its own, which no network expects.
                entries[entries[new] == nil ? new : name] = Entry(parts: [name])
            }
        }
        for (new, join) in joins {
            let parts = join.rule.sources.indices.compactMap { join.parts[$0] }
            if parts.count == join.rule.sources.count && entries[new] == nil {
                entries[new] = Entry(parts: parts, zeros: join.rule.zeros)
            } else {
                for name in parts { entries[name] = Entry(parts: [name]) }
            }
        }
    }

    private static func first(of rules: [CompiledRule], fitting name: String) -> (CompiledRule, Int, [Substring])? {
        for rule in rules {
            for (part, source) in rule.sources.enumerated() {
                if let texts = source.matched(by: name) { return (rule, part, texts) }
            }
        }
        return nil
    }
}

/// A rule with its patterns taken apart.
private struct CompiledRule {
    let sources: [KeyPattern]
    /// Nil for what is dropped.
    let target: KeyPattern?
    let zeros: Int?

    init(_ rule: KeyMap.Rule) {
        switch rule {
        case .rename(let old, let new): (sources, target, zeros) = ([KeyPattern(old)], KeyPattern(new), nil)
        case .join(let old, let new, let zeros):
            (sources, target, self.zeros) = (old.map(KeyPattern.init), KeyPattern(new), zeros)
        case .drop(let old): (sources, target, zeros) = ([KeyPattern(old)], nil, nil)
        }
    }
}

extension WeightsIndex {
    /// The index of the file as the family of `maps` names its tensors.
    func canonical(_ maps: [KeyMap]) -> WeightsIndex {
        guard let map = maps.first(where: { $0.fits(names) }) else { return self }
        var result = WeightsIndex(layout: map.layout)
        for (name, entry) in KeyMapPlan(map, names).entries {
            result[name] = entry.joined(entry.parts.compactMap { self[$0] })
        }
        return result
    }
}

extension KeyMapPlan.Entry {
    /// The shape of the tensor that parts of `shapes` make; that of the first where they do not fit together.
    fileprivate func joined(_ shapes: [Shape]) -> Shape? {
        guard let first = shapes.first, first.rank > 0, shapes.allSatisfy({ $0.dropFirst().elementsEqual(first.dropFirst()) })
        else { return shapes.first }
        let rows = shapes.reduce(zeros == nil ? 0 : first[0]) { $0 + $1[0] }
        return rows <= Int32.max ? first.replacing(axis: 0, with: rows) : first
    }
}

extension StateDict {
    /// The state as the family of `maps` names its tensors. What is renamed stays in its file; what is joined is copied.
    ///
    /// - Throws: `CheckpointError` where the file has been cut short since it was opened.
    func canonical(_ maps: [KeyMap]) throws(CheckpointError) -> StateDict {
        guard let map = maps.first(where: { $0.fits(names) }) else { return self }
        var result = StateDict([:], metadata: metadata, source: source)
        for (name, entry) in KeyMapPlan(map, names).entries {
            var parts: [Tensor] = []
            for part in entry.parts {
                if let tensor = try tensor(part) { parts.append(tensor) }
            }
            if let zeros = entry.zeros, let first = parts.first {
                parts.insert(first.zerosLike(), at: min(zeros, parts.count))
            }
            let fit = parts.count > 1 && entry.joined(parts.map(\.shape)) != parts[0].shape
            result[name] = fit ? .concatenated(parts, axis: 0) : parts.first
        }
        return result
    }
}

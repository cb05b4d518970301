internal import TensorCore

/// Why runs may not stand in one table.
public struct ComparisonRefusal: Error, Sendable, Equatable, CustomStringConvertible {
    /// Something that has to be equal and is not.
    public struct Field: Sendable, Hashable {
        /// "IoU space", "fold 0: episode hash", ...
        public var name: String
        /// What it is, run by run.
        public var values: [String]
    }

    /// The runs.
    public var runs: [String]
    /// What differs.
    public var fields: [Field]

    /// A refusal of runs whose fields differ; nil where they are equal.
    ///
    /// - Parameter fields: run by run, in one order of names; a run may end early.
    init?(_ runs: [String], _ fields: [[(name: String, value: String)]]) {
        let longest = fields.max { $0.count < $1.count } ?? []
        let differing = longest.indices.compactMap { place -> Field? in
            let values = fields.map { $0.indices.contains(place) ? $0[place].value : "none" }
            return Set(values).count > 1 ? Field(name: longest[place].name, values: values) : nil
        }
        if differing.isEmpty { return nil }
        self.init(runs: runs, fields: differing)
    }

    init(runs: [String], fields: [Field]) { (self.runs, self.fields) = (runs, fields) }

    /// One line a field.
    public var description: String {
        let lines = fields.map { field in
            let values = zip(runs, field.values).map { "\($1) in \($0)" }
            return "\n  \(field.name): \(values.joined(separator: ", "))"
        }
        return
            "these runs do not compare: what has to be equal differs.\(lines.joined())\nEvaluate again with one protocol, one list and one way of annotating; \(NumbersDiffer.advice)."
    }
}

extension EvaluationRecord {
    /// What has to be equal before two scores stand in one table, by name.
    ///
    /// A value that an older version did not write is nil, and agrees with all.
    var comparedFields: [(name: String, value: String?)] {
        [
            ("protocol", "\(protocolID) version \(protocolVersion)"),
            ("protocol hash", protocolHash.map { String($0.prefix(16)) }),
            ("changes of the protocol", protocolChanges.map { $0.joined(separator: "; ") } ?? "none"),
            ("dataset", dataset), ("list hash", String(listHash.prefix(16))), ("label rule", labelRule ?? "none"),
            ("episode hash", String(episodeHash.prefix(16))), ("episodes", String(episodeCount)), ("shots", String(shots)),
            ("IoU space", iouSpace.description), ("ignore rule", ignoreRule), ("annotation rule", annotationRule.rawValue),
            // A whole mask is annotated without chance.
            ("annotation seed", annotationRule == .mask ? "none" : String(annotationSeed)),
        ]
    }
}

extension ComputeRecord {
    /// What may differ between scores, and should be known.
    var notedFields: [(name: String, value: String)] {
        [
            ("library", libraryVersion), ("backend", backend), ("threads", String(threads)), ("precision", precision.rawValue),
            ("seed", String(seed)),
        ]
    }
}

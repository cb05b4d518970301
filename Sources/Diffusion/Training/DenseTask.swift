internal import Datasets

extension DensePretraining {
    /// A grouping of label values.
    public struct Task: Sendable {
        /// A name for logs.
        public var name: String
        /// The group of every label value 0...255; 255 is not counted.
        public var groups: [UInt8]

        /// A task that tells label values apart by their group.
        public init(name: String, groups: [UInt8]) {
            precondition(groups.count == 256, "DensePretraining.Task: 256 groups, found \(groups.count)")
            self.name = name
            self.groups = groups
        }

        var count: Int { Int(groups.filter { $0 != LabelMap.ignore }.max() ?? 0) + 1 }
    }
}

extension DensePretraining.Task {
    /// The tasks of Shapes-5i: which shape, and which texture.
    public static let shapes5i: [DensePretraining.Task] = {
        func task(_ name: String, _ group: (Shapes5i.Composition) -> Int) -> DensePretraining.Task {
            var groups = [UInt8](repeating: 0, count: 256)
            groups[Int(LabelMap.ignore)] = LabelMap.ignore
            for (index, composition) in Shapes5i.compositions.enumerated() { groups[index + 1] = UInt8(group(composition) + 1) }
            return DensePretraining.Task(name: name, groups: groups)
        }
        return [
            task("shape") { Shapes5i.Shape.allCases.firstIndex(of: $0.shape) ?? 0 },
            task("texture") { Shapes5i.Texture.allCases.firstIndex(of: $0.texture) ?? 0 },
        ]
    }()
}

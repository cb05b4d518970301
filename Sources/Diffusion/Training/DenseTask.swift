internal import Datasets

extension DensePretraining {
    /// A grouping of classes.
    public struct Task: Sendable {
        /// A name for logs.
        public var name: String
        /// The group of each class, from 1 upward; background and classes that are missing here are group 0.
        public var groups: [Int: Int]

        /// The group of pixels that are not counted.
        static let ignored = -1

        /// A task that tells groups of classes apart.
        ///
        /// - Precondition: groups are not negative.
        public init(name: String, groups: [Int: Int]) {
            precondition(groups.values.allSatisfy { $0 >= 0 }, "DensePretraining.Task: a negative group in \(groups)")
            self.name = name
            self.groups = groups
        }

        var count: Int { (groups.values.max() ?? 0) + 1 }

        /// The groups of a map's pixels, void ones not counted.
        func targets(_ map: ClassMap) -> [Int64] {
            map.values.map { Int64($0 == ClassMap.void ? Self.ignored : groups[Int($0), default: 0]) }
        }
    }
}

extension DensePretraining.Task {
    /// The tasks of Shapes-5i: which shape, and which texture.
    public static let shapes5i: [DensePretraining.Task] = {
        func task(_ name: String, _ group: (Shapes5i.Composition) -> Int) -> DensePretraining.Task {
            let groups = Shapes5i.compositions.enumerated().map { ($0.offset + 1, group($0.element) + 1) }
            return DensePretraining.Task(name: name, groups: Dictionary(uniqueKeysWithValues: groups))
        }
        return [
            task("shape") { Shapes5i.Shape.allCases.firstIndex(of: $0.shape) ?? 0 },
            task("texture") { Shapes5i.Texture.allCases.firstIndex(of: $0.texture) ?? 0 },
        ]
    }()
}

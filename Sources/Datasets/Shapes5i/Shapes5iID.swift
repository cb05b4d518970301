extension Shapes5i {
    /// The two halves of a fold, named as in PASCAL-5i's lists.
    public enum Split: String, Sendable, CaseIterable {
        /// Images of base classes in which no novel class appears.
        case train = "trn"
        /// Images of novel classes; any class may appear beside them.
        case validation = "val"
    }

    /// The name of one image; it alone (with the data set's seed) determines what the image shows.
    public struct ID: Sendable, Hashable, LosslessStringConvertible {
        /// The fold, 0...3.
        public let fold: Int
        /// Training or validation.
        public let split: Split
        /// The class that the image is made for, 1...20; others may appear beside it.
        public let classID: Int
        /// The number of the image among those of its class.
        public let index: Int

        /// - Precondition: the fold exists, the class belongs to the split of the fold (base classes for training, novel
        ///   ones for validation) and the index is in 0...999 999 999.
        public init(fold: Int, split: Split, class classID: Int, index: Int) {
            precondition(
                ID.isValid(fold: fold, split: split, classID: classID, index: index),
                "Shapes5i.ID: fold \(fold), \(split.rawValue), class \(classID), index \(index) names no image: folds are "
                    + "0...3, training takes base classes of the fold and validation novel ones, indices start at 0")
            self.fold = fold
            self.split = split
            self.classID = classID
            self.index = index
        }

        /// Reads a name such as "shapes_f0_trn_c06_0012"; `nil` when it names no image.
        public init?(_ description: String) {
            let parts = description.split(separator: "_", omittingEmptySubsequences: false)
            guard parts.count == 5, parts[0] == "shapes", parts[1].first == "f", parts[3].first == "c",
                let fold = Int(parts[1].dropFirst()), let split = Split(rawValue: String(parts[2])),
                let classID = Int(parts[3].dropFirst()), let index = Int(parts[4]),
                ID.isValid(fold: fold, split: split, classID: classID, index: index)
            else { return nil }
            self.init(fold: fold, split: split, class: classID, index: index)
            // One image has one name: "c6" or "+12" are refused.
            guard self.description == description else { return nil }
        }

        /// The name, such as "shapes_f0_trn_c06_0012"; also a file's stem.
        public var description: String {
            "shapes_f\(fold)_\(split.rawValue)_c\(ID.padded(classID, 2))_\(ID.padded(index, 4))"
        }

        private static func padded(_ value: Int, _ digits: Int) -> String {
            let text = String(value)
            return String(repeating: "0", count: max(digits - text.count, 0)) + text
        }

        private static func isValid(fold: Int, split: Split, classID: Int, index: Int) -> Bool {
            guard (0..<Shapes5i.foldCount).contains(fold), (0...999_999_999).contains(index) else { return false }
            let isNovel = Shapes5i.novelClasses(ofFold: fold).contains(classID)
            let isClass = (1...Shapes5i.classCount).contains(classID)
            return isClass && isNovel == (split == .validation)
        }
    }
}

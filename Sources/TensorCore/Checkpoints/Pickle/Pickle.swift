/// The content of a Python pickle as plain data: nothing in it is ever called or constructed.
///
/// Lists, tuples, dictionaries and calls lie in ``objects`` and refer to each other by number, since pickles share them and
/// may contain themselves. Who walks through them bounds the depth of the walk.
package struct Pickle: Sendable {
    /// A number, a text, or a reference.
    package enum Value: Sendable, Equatable {
        case none
        case bool(Bool)
        case integer(Int)
        case real(Double)
        case text(String)
        case bytes([UInt8])
        /// The object of that number.
        case object(Int)
    }

    /// Something with parts.
    package enum Object: Sendable, Equatable {
        case list([Value])
        case tuple([Value])
        /// Keys and values in the order of the pickle; a later pair of one key counts.
        case dictionary([Pair])
        /// A class or function that the reader was told to expect.
        case global(PickleGlobal)
        /// What a function that the reader expects would have made of its arguments; `items` would then have been set as in a
        /// dictionary, and `state` as the object's attributes.
        case call(PickleGlobal, arguments: [Value], items: [Pair], state: Value)
        /// A reference to data outside of the pickle (a storage, in PyTorch's files).
        case persistent(Value)
        /// A class, a function or a call that the reader was not told to expect: its name, and nothing else.
        case opaque(PickleGlobal)
    }

    /// A member of a dictionary.
    package struct Pair: Sendable, Equatable {
        package var key: Value
        package var value: Value
    }

    /// What the pickle is.
    package let root: Value
    /// What values refer to.
    package let objects: [Object]
    /// Bytes of the pickle, its last instruction included.
    package let byteCount: Int

    /// The object behind a value; nil for numbers and texts.
    package func object(_ value: Value) -> Object? {
        guard case .object(let index) = value, objects.indices.contains(index) else { return nil }
        return objects[index]
    }
}

/// A name that a pickle would import, such as `collections.OrderedDict`.
package struct PickleGlobal: Sendable, Hashable, CustomStringConvertible {
    package var module: String
    package var name: String

    package init(_ module: String, _ name: String) {
        self.module = module
        self.name = name
    }

    package var description: String { module + "." + name }
}

/// Why a pickle was refused.
package struct PickleError: Error, Sendable, Equatable {
    /// The byte at which reading stopped.
    package var position: Int
    /// What stood there.
    package var found: String
}

/// What a reader accepts; anything else ends the reading.
package struct PickleLimits: Sendable {
    /// Values on the stack at once.
    package var stack = 1 << 20
    /// Open marks (nested sequences).
    package var marks = 256
    /// Remembered values.
    package var memo = 1 << 22
    /// Lists, tuples, dictionaries and calls.
    package var objects = 1 << 22
    /// Bytes of one text.
    package var text = 1 << 24

    package init() {}
}

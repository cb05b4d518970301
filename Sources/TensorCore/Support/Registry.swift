internal import Synchronization

/// Members of an open family by name, in the order in which they were registered.
///
/// A registry exists where files or commands name something; whoever has the value itself hands it over and needs none.
/// Safe from any number of tasks.
public final class Registry<Member: Sendable>: Sendable {
    private struct State: Sendable {
        var names: [String] = []
        var members: [String: Member] = [:]
    }

    private let kind: String
    private let state = Mutex(State())

    /// - Parameters:
    ///   - kind: what the members are, for messages ("prior").
    ///   - members: the ones that are known from the start.
    public init(_ kind: String, _ members: KeyValuePairs<String, Member> = [:]) {
        self.kind = kind
        for (name, member) in members { register(name, member) }
    }

    /// Adds a member; one of the same name is replaced.
    public func register(_ name: String, _ member: Member) {
        state.withLock { state in
            if state.members.updateValue(member, forKey: name) == nil { state.names.append(name) }
        }
    }

    /// All names, first registered first.
    public var names: [String] { state.withLock { $0.names } }

    /// The member called `name`.
    ///
    /// - Throws: ``UnknownName`` with all names that are known.
    public func member(named name: String) throws(UnknownName) -> Member {
        if let member = state.withLock({ $0.members[name] }) { return member }
        throw UnknownName(kind: kind, name: name, known: names)
    }
}

/// A name that no member of a ``Registry`` has.
public struct UnknownName: Error, Sendable, Equatable, CustomStringConvertible {
    /// What was looked for ("prior").
    public var kind: String
    /// The name that was given.
    public var name: String
    /// The names that are known.
    public var known: [String]

    public var description: String {
        "found no \(kind) \"\(name)\", expected one of \(known.joined(separator: ", ")); register it or correct the name"
    }
}

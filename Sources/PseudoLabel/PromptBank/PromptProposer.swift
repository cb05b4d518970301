/// What a proposer is asked for.
public struct PromptRequest: Sendable, Hashable {
    /// The class that every prompt has to name.
    public var className: String
    /// How many prompts are wanted.
    public var count: Int
    /// The prompts of the bank so far, in order.
    public var accepted: [String]
    /// The prompts that were too much like an accepted one, in order.
    public var refused: [String]

    /// A request.
    public init(className: String, count: Int, accepted: [String] = [], refused: [String] = []) {
        (self.className, self.count) = (className, count)
        (self.accepted, self.refused) = (accepted, refused)
    }
}

/// Proposes prompts for a class: the agent of Syn4Seg's HDIG.
///
/// A proposer may learn from what was accepted and refused; it need not be new each time, the bank refuses what it knows. Members:
/// ``PromptGrammar`` (offline), ``PromptFile``, ``ChatProposer`` (a language model).
public protocol PromptProposer: Sendable {
    /// What it is, with everything that decides its proposals and nothing secret; for manifests.
    var identity: String { get }

    /// The next prompts.
    ///
    /// - Returns: about as many as the request asks for; none where there is nothing more to propose.
    /// - Throws: what keeps the proposer from answering.
    mutating func proposals(_ request: PromptRequest) async throws -> [String]
}

internal import Datasets
public import Foundation
public import TensorCore

/// Fills a bank: proposals, their embeddings, greedy acceptance, until it is full or nothing new comes (HDIG).
public struct PromptBankBuilder: Sendable {
    /// The numbers that the text leaves open.
    public struct Settings: VersionedConfiguration, Hashable {
        public static let version = 1
        /// N: prompts of a class.
        public var count = 100
        /// λ, where it is not calibrated.
        public var lambda = PromptBank.defaultThreshold
        /// How many prompts a proposer is asked for at once.
        public var batch = 32
        /// How many candidates may be refused in a row before the bank is closed short of ``count``.
        public var patience = 300
        /// How many answers in a row may hold nothing new.
        public var staleAnswers = 3

        public static let ranges: ConfigurationRanges = [
            "count": .whole(1...100_000), "lambda": .real(-1.0...1.0), "batch": .whole(1...10_000),
            "patience": .whole(1...1_000_000), "staleAnswers": .whole(1...1000),
        ]

        /// The defaults.
        public init() {}

        public static func migrate(_ tree: inout ConfigurationTree, from version: Int) {}
    }

    /// Why a bank was closed.
    public enum Ending: String, Sendable, Codable {
        /// It holds as many prompts as were asked for.
        case full
        /// The proposer has nothing new any more.
        case exhausted
        /// Too many candidates in a row were refused.
        case patience
    }

    /// φ.
    public let embedding: any PromptEmbedding
    /// The numbers.
    public let settings: Settings

    /// A builder.
    public init(_ embedding: any PromptEmbedding, settings: Settings = Settings()) {
        (self.embedding, self.settings) = (embedding, settings)
    }

    /// An empty bank for a class.
    public func bank(className: String) -> PromptBank {
        PromptBank(className: className, threshold: settings.lambda, encoder: embedding.identity)
    }

    /// Fills a bank that may hold prompts already.
    ///
    /// - Parameters:
    ///   - bank: what it begins with; holds what was accepted so far when the proposer throws.
    ///   - proposer: where candidates come from.
    ///   - file: where the bank is saved after every answer of the proposer.
    ///   - progress: is told after every answer.
    /// - Returns: why it ended.
    /// - Throws: what the proposer and the embedding throw; `DatasetError` for a bank of another encoder or a file that cannot be
    ///   written; `CancellationError`.
    public func fill(
        _ bank: inout PromptBank, from proposer: inout some PromptProposer, savingTo file: URL? = nil,
        progress: (WorkProgress) -> Void = { _ in }
    ) async throws -> Ending {
        guard bank.encoder == embedding.identity else {
            throw DatasetError(
                file: file?.path ?? "the prompt bank of \(bank.className)", found: "embeddings of \"\(bank.encoder)\"",
                expected: "those of \"\(embedding.identity)\"",
                advice: "use the encoder that the bank was begun with, or begin another bank")
        }
        let clock = WorkClock(total: settings.count, from: bank.entries.count)
        var stale = 0
        while true {
            if bank.entries.count >= settings.count { return .full }
            if bank.refusedInARow >= settings.patience { return .patience }
            try Task.checkCancellation()
            let request = PromptRequest(
                className: bank.className, count: settings.batch, accepted: bank.prompts,
                refused: bank.refusals.map(\.prompt))
            let proposals = try await proposer.proposals(request)
            if proposals.isEmpty { return .exhausted }
            let candidates = Self.new(proposals, in: bank)
            stale = candidates.isEmpty ? stale + 1 : 0
            if stale >= settings.staleAnswers { return .exhausted }
            try offer(candidates, to: &bank)
            if let file, !candidates.isEmpty { try bank.save(to: file) }
            progress(clock.progress(bank.entries.count))
        }
    }

    private func offer(_ candidates: [String], to bank: inout PromptBank) throws {
        let embeddings = try embedding.embeddings(candidates)
        for (prompt, vector) in zip(candidates, embeddings) {
            if bank.entries.count >= settings.count || bank.refusedInARow >= settings.patience { return }
            bank.offer(prompt, embedding: vector)
        }
    }

    /// The proposals that the bank has not seen, each once.
    private static func new(_ proposals: [String], in bank: PromptBank) -> [String] {
        var known = Set(bank.prompts).union(bank.refusals.map(\.prompt))
        return proposals.filter { known.insert($0).inserted }
    }
}

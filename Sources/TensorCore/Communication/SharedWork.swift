internal import Foundation

/// Pieces of work that any rank can do and whose results rank 0 keeps.
///
/// Whoever is free takes the next block of pieces, so that a slow machine does less. What a lost rank did not deliver is missing and
/// can be done again: results belong to a piece, not to a rank.
public struct SharedWork {
    /// Who shares it.
    public let communicator: any Communicator
    /// Pieces that are taken at once.
    public let blockSize: Int

    private struct Parcel<Result: Codable>: Codable {
        var piece: Int
        var result: Result
    }

    /// Describes work that all ranks begin with the same values, in the same order as other work.
    ///
    /// - Parameters:
    ///   - communicator: who shares it.
    ///   - blockSize: pieces that are taken at once; nil for all of a process that is alone, else a few.
    ///   - count: pieces in all.
    public init(_ communicator: any Communicator, blockSize: Int? = nil, count: Int) {
        self.communicator = communicator
        let few = min(max(count / (communicator.size * 4), 1), 8)
        self.blockSize = blockSize ?? (communicator.size == 1 ? max(count, 1) : few)
    }

    /// Does the pieces `0..<count` together; returns when all are done and delivered.
    ///
    /// - Parameters:
    ///   - count: pieces in all.
    ///   - work: does a block of pieces and hands each result to its second argument.
    ///   - deliver: takes the results at rank 0, in the order in which they come.
    ///   - isDone: asked at rank 0: whether all results were delivered. A piece may have several.
    /// - Throws: what `work` and `deliver` throw, `CommunicationError`, and `CancellationError` at a rank whose task was cancelled. The
    ///   other ranks wait then: whoever started this one ends them, see ``Communicator/abort(_:)``.
    public func run<Result: Codable>(
        _ count: Int, work: (Range<Int>, @escaping (Int, Result) throws -> Void) async throws -> Void,
        deliver: @escaping (Int, Result) throws -> Void, isDone: () -> Bool
    ) async throws {
        let counter = try communicator.makeCounter()
        func collect() throws {
            while let message = try communicator.received() {
                let parcel = try ExactCoding.value(Parcel<Result>.self, from: Data(message.bytes))
                try deliver(parcel.piece, parcel.result)
            }
        }
        while true {
            let first = try communicator.take(from: counter) * blockSize
            guard first < count else { break }
            try await work(first..<min(first + blockSize, count)) { piece, result in
                guard communicator.isFirst else {
                    return try communicator.send(Array(ExactCoding.data(Parcel(piece: piece, result: result))), to: 0)
                }
                try deliver(piece, result)
                try collect()
            }
        }
        while communicator.isFirst, !isDone() {
            try collect()
            if !isDone() { try await Task.sleep(for: .milliseconds(2)) }
        }
        try communicator.barrier()
    }
}

extension Communicator {
    /// A value of rank 0 at every rank, each bit of it. At other ranks `value` is not evaluated.
    public func shared<Value: Codable>(_ value: @autoclosure () throws -> Value) throws -> Value {
        if size == 1 { return try value() }
        let own = try isFirst ? Array(ExactCoding.data(value())) : []
        return try ExactCoding.value(from: Data(broadcast(own, from: 0)))
    }

    /// The values of all ranks at every rank.
    public func gathered<Value: Codable>(_ value: Value) throws -> [Value] {
        if size == 1 { return [value] }
        return try gather(Array(ExactCoding.data(value))).map { try ExactCoding.value(from: Data($0)) }
    }
}

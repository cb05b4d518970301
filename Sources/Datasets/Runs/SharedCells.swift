public import Foundation
internal import TensorCore

/// The pieces of a long run, such as the cells of a reproduction, spread over its ranks: whoever is free does the next one.
///
/// Records that a piece leaves go to logs, which the first rank keeps as one process does; the others send theirs as soon as they
/// are found. So a rank that is lost costs the records that it did not deliver, and a run that goes on finds all others.
public final class SharedCells {
    /// Who shares them.
    public let ranks: RunRanks
    /// What the first rank does with a record of a log.
    private var logs: [String: (Data) throws -> Void] = [:]
    /// Sends a record of the piece at work.
    fileprivate var send: ((String, Data) throws -> Void)?

    private struct Note: Codable {
        /// The log; nil at the end of a piece.
        var log: String?
        var record: Data?
    }

    /// Pieces that these ranks share.
    public init(_ ranks: RunRanks = .alone) { self.ranks = ranks }

    /// Opens a log of the run; all ranks open the same ones, in the same order.
    ///
    /// - Throws: `DatasetError` for a file that cannot be read, `CommunicationError`.
    public func log<Record: Codable>(_ file: URL, of: Record.Type = Record.self) throws -> SharedLog<Record> {
        let log = ranks.isFirst ? try RecordLog<Record>(file) : nil
        let records = try ranks.communicator.shared(log?.records ?? [])
        let name = file.lastPathComponent
        let shared = SharedLog(log, records) { [unowned self] record in
            try send?(name, ExactCoding.data(record))
        }
        logs[name] = { [unowned shared] data in
            try shared.append(ExactCoding.value(from: data))
        }
        return shared
    }

    /// Does the pieces `0..<count` together; returns when all are done and their records are in the logs of the first rank.
    ///
    /// - Parameters:
    ///   - finish: does one piece, at the rank that took it.
    ///   - finished: called at the first rank after each piece with how many are done.
    /// - Throws: what both throw, `CommunicationError`.
    public func run(
        _ count: Int, finish: (Int) async throws -> Void, finished: @escaping (Int) throws -> Void = { _ in }
    ) async throws {
        var done = 0
        try await SharedWork(ranks.communicator, blockSize: 1, count: count).run(count) { block, deliver in
            for piece in block {
                try Task.checkCancellation()
                if !ranks.isFirst { send = { try deliver(piece, Note(log: $0, record: $1)) } }
                defer { send = nil }
                try await finish(piece)
                try deliver(piece, Note())
            }
        } deliver: { [self] (_: Int, note: Note) in
            if let name = note.log, let record = note.record { return try logs[name]?(record) ?? () }
            done += 1
            try finished(done)
        } isDone: {
            done == count
        }
    }

    /// Does cells together and says how many are done.
    ///
    /// - Parameters:
    ///   - finish: does one cell, at the rank that took it.
    ///   - partly: called at the first rank while cells are left, so that what is there can be read.
    /// - Throws: as ``run(_:finish:finished:)``.
    public func run<Cell>(
        _ cells: [Cell], _ observe: @escaping RunObserver, finish: (Cell) async throws -> Void,
        partly: @escaping () throws -> Void = {}
    ) async throws {
        try await run(cells.count) { place in
            try await finish(cells[place])
        } finished: { count in
            observe(.note("\(count) of \(cells.count) cells are done"))
            if count < cells.count { try partly() }
        }
    }

    /// Lets the first rank alone do something while the others wait.
    ///
    /// - Throws: what it throws, `CommunicationError`.
    public func first(_ work: () throws -> Void) throws {
        if ranks.isFirst { try work() }
        try ranks.communicator.barrier()
    }
}

/// A log of a run whose pieces are shared, see ``SharedCells/log(_:of:)``.
public final class SharedLog<Record: Codable> {
    /// The records of earlier runs and those of this rank; at the first rank those of all.
    public private(set) var records: [Record]
    private let log: RecordLog<Record>?
    private let send: (Record) throws -> Void

    fileprivate init(_ log: RecordLog<Record>?, _ records: [Record], _ send: @escaping (Record) throws -> Void) {
        (self.log, self.records, self.send) = (log, records, send)
    }

    /// Adds a record; at the first rank it is on the disk when this returns.
    ///
    /// - Throws: `DatasetError` for a file that cannot be written, `CommunicationError`.
    public func append(_ record: Record) throws {
        if let log { try log.append(record) } else { try send(record) }
        records.append(record)
    }

    /// The records in the order of their cells, whoever did them and in which order they came.
    public func records<Cell: Equatable>(in cells: [Cell], _ cell: (Record) -> Cell) -> [Record] {
        cells.flatMap { own in records.filter { cell($0) == own } }
    }
}

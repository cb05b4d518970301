internal import Foundation

#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#elseif canImport(Darwin)
internal import Darwin
#endif

/// The process that reads damaged files of one format, one after another, and says what came of them.
///
/// The number of the case at work stands in a file, so that whoever watches knows which one ended the process.
struct MutationWorker {
    /// What a batch came to: what the worker prints.
    struct Summary: Codable {
        var cases = 0
        var accepted = 0
        /// The processor's seconds of the slowest case.
        var slowest = 0.0
        /// Bytes by which memory grew beyond that of sound files.
        var growth = 0
        var faults: [Fault] = []
    }

    struct Fault: Codable {
        var number: Int
        var reason: String
    }

    /// More memory than sound files take is a failure.
    static let memoryBound = 64 << 20
    /// Wall-clock seconds after which a case is taken for one that does not end, on a machine with other load.
    static let patience: UInt32 = 60
    /// Seconds of the processor that a small file may take.
    static let timeBound = 5.0
    /// Where the number of the case at work stands.
    static let progressName = "case"

    var format: String
    var seed: UInt64
    var place: Specimen.Place

    private var specimen: Specimen

    init(_ format: String, seed: UInt64, place: Specimen.Place) throws {
        self.format = format
        self.seed = seed
        self.place = place
        specimen = try Specimen.make(format, in: place)
    }

    /// The damaged content of a case.
    private func content(_ number: Int) throws -> [UInt8] {
        var random = CaseRandom(seed: seed, format: format, number: number)
        let bytes = Mutator(isText: specimen.isText).mutated(specimen.originals, &random)
        return try specimen.wrap(bytes, &random)
    }

    /// Reads one case in this process, however that ends, and leaves the file.
    func show(_ number: Int) throws {
        let bytes = try content(number)
        try place.write(specimen.file, bytes)
        print("\(format), seed \(seed), case \(number): \(bytes.count) bytes in \(place.url(specimen.file).path)")
        print("\(specimen.read(place.url(specimen.file)))")
    }

    /// Reads cases from `first` on, so many or until the time is over.
    func run(from first: Int, count: Int, seconds: Double) throws -> Summary {
        // A file that asks for the machine's memory ends this process, not the machine.
        Usage.limitMemory(6 << 30)
        try warm()
        let progress = open(place.url(Self.progressName).path, O_WRONLY | O_CREAT, 0o644)
        defer { close(progress) }
        let end = ContinuousClock.now + .seconds(seconds)
        var summary = Summary()
        var ground = Usage.peakMemory(Usage.own)
        let base = ground
        for number in first..<(first + count) where ContinuousClock.now < end {
            var stated = Int64(number)
            pwrite(progress, &stated, 8, 0)
            let bytes = try content(number)
            try place.write(specimen.file, bytes)
            alarm(Self.patience)
            let start = Usage.seconds(Usage.own)
            let outcome = specimen.read(place.url(specimen.file))
            let time = Usage.seconds(Usage.own) - start
            alarm(0)
            summary.cases += 1
            summary.slowest = max(summary.slowest, time)
            if outcome == .accepted { summary.accepted += 1 }
            if case .wrong(let reason) = outcome { summary.faults.append(Fault(number: number, reason: reason)) }
            if time > Self.timeBound {
                summary.faults.append(Fault(number: number, reason: "took \(time) s of the processor"))
            }
            let peak = Usage.peakMemory(Usage.own)
            if peak - ground > Self.memoryBound {
                summary.faults.append(Fault(number: number, reason: "took \((peak - ground) >> 20) MiB of memory"))
                ground = peak
            }
        }
        summary.growth = max(Usage.peakMemory(Usage.own) - base, 0)
        return summary
    }

    /// Sound files are accepted; what they take is the measure.
    private func warm() throws {
        var random = CaseRandom(seed: seed, format: format, number: -1)
        for (index, original) in specimen.originals.enumerated() {
            try place.write(specimen.file, specimen.wrap(original, &random))
            let outcome = specimen.read(place.url(specimen.file))
            // Those after the first may be of a kind that is not read.
            let isFine = outcome == .accepted || (index > 0 && outcome == .refused)
            guard isFine else { throw TortureError("original \(index) of \(format) is \(outcome)") }
        }
    }
}

/// A step's gradients on their way: neighbouring parameters travel in one bucket, which leaves when the backward pass of this rank's last
/// shard has completed all of them and the buckets before it left.
///
/// Cutting a sum into buckets changes no bit of it: every number is added along the same tree of shards.
final class GradientBuckets {
    /// Numbers of a bucket, about: an eighth of a small model, so that the first one leaves early, and a mebibyte of a large one, so that
    /// messages cost little.
    static func length(for parameters: [Parameter]) -> Int {
        let all = parameters.reduce(0) { $0 + $1.shape.elementCount }
        return min(max(all / 8, 1 << 10), 1 << 18)
    }

    private let parameters: [Parameter]
    private let communicator: any Communicator
    private let shards: Int
    /// Places of parameters, bucket by bucket.
    private let buckets: [[Int]]
    /// A parameter's bucket.
    private let home: [Int]
    private let places: [ObjectIdentifier: Int]
    private var sums: [TreeSum<Tensor>]
    private var flights: [any SumUnderWay] = []
    /// Parameters that a bucket waits for in the shard at work.
    private var missing: [Int]
    private var found: [Int: Tensor] = [:]
    private var isLast = false
    private var shard = 0
    /// The first error of a sum, told when the backward pass is over.
    private var error: CommunicationError?
    /// The order in which the last shard's gradients were complete.
    private(set) var order: [Int] = []

    /// Buckets for one step.
    ///
    /// - Parameters:
    ///   - order: places of the parameters in the order in which they are expected, the same at every rank.
    ///   - length: numbers of a bucket, about; nil for ``length(for:)``.
    init(
        _ parameters: [Parameter], order: [Int], length: Int? = nil, shards: Int, _ communicator: any Communicator
    ) {
        let length = length ?? Self.length(for: parameters)
        (self.parameters, self.communicator, self.shards) = (parameters, communicator, shards)
        var buckets: [[Int]] = []
        var size = length
        for place in order {
            if size >= length {
                buckets.append([])
                size = 0
            }
            buckets[buckets.count - 1].append(place)
            size += parameters[place].shape.elementCount
        }
        var home = [Int](repeating: 0, count: parameters.count)
        for (bucket, places) in buckets.enumerated() { for place in places { home[place] = bucket } }
        (self.buckets, self.home, missing) = (buckets, home, buckets.map(\.count))
        places = Dictionary(uniqueKeysWithValues: parameters.enumerated().map { (ObjectIdentifier($1.leaf), $0) })
        sums = buckets.map { _ in TreeSum(of: shards) { left, right in withoutGradients { left + right } } }
    }

    /// The gradient of a loss for one shard; shards come in their order.
    ///
    /// - Parameter isLast: whether it is this rank's last one, whose buckets leave.
    func gradients(of shard: Int, isLast: Bool, _ body: () throws -> Tensor) throws -> (value: Tensor, marks: [Float]) {
        (self.shard, self.isLast) = (shard, isLast)
        (missing, found, order) = (buckets.map(\.count), [:], [])
        let (value, gradients) = try valueAndGradient(body) { self.complete($0, $1) }
        // What is left: parameters that the loss does not depend on, and those of parts that were run again.
        withoutGradients {
            for place in parameters.indices where missing[home[place]] > 0 && !order.contains(place) {
                close(place, gradients[parameters[place]], like: value)
            }
        }
        if let error { throw error }
        return (value, parameters.map { gradients[$0] == nil ? 0 : 1 })
    }

    private func complete(_ leaf: Node, _ gradient: Tensor?) {
        guard let place = places[ObjectIdentifier(leaf)], let gradient else { return }
        close(place, gradient, like: gradient)
    }

    private func close(_ place: Int, _ gradient: Tensor?, like: Tensor) {
        let count = parameters[place].shape.elementCount
        found[place] =
            gradient?.converted(to: .float32).reshaped(to: [count])
            ?? Tensor([Float](repeating: 0, count: count), shape: [count], beside: like)
        order.append(place)
        let bucket = home[place]
        missing[bucket] -= 1
        guard missing[bucket] == 0 else { return }
        let parts = buckets[bucket].compactMap { found.removeValue(forKey: $0) }
        sums[bucket].add(parts.count == 1 ? parts[0] : Tensor.concatenated(parts, axis: 0), at: shard)
        if isLast { leave() }
    }

    /// Lets buckets go, in their order, which is that of all ranks.
    private func leave() {
        while error == nil, flights.count < buckets.count, missing[flights.count] == 0 {
            do throws(CommunicationError) { flights.append(try communicator.beginSum(sums[flights.count])) } catch {
                self.error = error
            }
        }
    }

    /// Waits for all sums.
    ///
    /// - Returns: the sum of each parameter, in their order.
    func finish() throws(CommunicationError) -> [Tensor] {
        var totals: [Tensor?] = Array(repeating: nil, count: parameters.count)
        for (bucket, flight) in flights.enumerated() {
            let total = try flight.finish()
            var first = 0
            for place in buckets[bucket] {
                let shape = parameters[place].shape
                totals[place] = total.sliced(axis: 0, from: first, count: shape.elementCount).reshaped(to: shape)
                first += shape.elementCount
            }
        }
        return totals.compactMap(\.self)
    }
}

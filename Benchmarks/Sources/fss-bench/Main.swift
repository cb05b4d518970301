internal import Diffusion
internal import Foundation
internal import TensorCore

/// One side of the comparison: reads what `compare.py` prepared, writes what it computed, then runs on demand.
///
///     fss-bench ours|primitive WORKLOAD float32|bfloat16 BATCH FOLDER
///     fss-bench coco INSTANCES CACHE       the times of one instances file (Benchmarks/coco/run.sh)
///     fss-bench loader FOLDER SIDE BATCH WORKERS       epochs of a photo loader (Benchmarks/loader/run.sh)
///     fss-bench predict FOLDER BACKBONE CONCEPTS PRECISION [LOOK]     photos a second of a prediction (Benchmarks/predict/run.sh)
@main
struct Main {
    static func main() async {
        do {
            if CommandLine.arguments.count == 4, CommandLine.arguments[1] == "coco" {
                return try COCOTiming.report(CommandLine.arguments[2], cache: CommandLine.arguments[3])
            }
            if CommandLine.arguments.count == 6, CommandLine.arguments[1] == "loader" {
                let numbers = CommandLine.arguments.dropFirst(3).compactMap { Int($0) }
                guard numbers.count == 3 else { throw BenchmarkError("SIDE, BATCH and WORKERS are numbers") }
                return try await PhotoEpochs.run(
                    CommandLine.arguments[2], side: numbers[0], batch: numbers[1], workers: numbers[2])
            }
            if (6...7).contains(CommandLine.arguments.count), CommandLine.arguments[1] == "predict" {
                let words = CommandLine.arguments
                guard let concepts = Int(words[4]), let precision = Precision(rawValue: words[5]), concepts > 0 else {
                    throw BenchmarkError("CONCEPTS is a number, PRECISION float32 or bfloat16")
                }
                return try await Predicting.report(
                    words[2], backbone: words[3], concepts: concepts, precision: precision,
                    look: words.count == 7 ? FirstLookChoice(reading: words[6]) : nil)
            }
            let job = try Job(Array(CommandLine.arguments.dropFirst()))
            let workload = try job.workload()
            try Safetensors.save(workload.outputs(), to: job.outputs)
            try Conversation(workload).run()
        } catch {
            Conversation.say("failed \(error)")
            exit(1)
        }
    }
}

/// What the arguments ask for.
struct Job {
    let engine: String
    let name: String
    let precision: Precision
    let batch: Int
    let folder: URL

    init(_ arguments: [String]) throws {
        guard arguments.count == 5, let precision = Precision(rawValue: arguments[2]), let batch = Int(arguments[3]) else {
            throw BenchmarkError("usage: fss-bench ours|primitive WORKLOAD float32|bfloat16 BATCH FOLDER; found \(arguments)")
        }
        engine = arguments[0]
        name = arguments[1]
        self.precision = precision
        self.batch = batch
        folder = URL(filePath: arguments[4])
        guard let threads = ProcessInfo.processInfo.environment["OMP_NUM_THREADS"].flatMap({ Int($0) }) else {
            throw BenchmarkError("OMP_NUM_THREADS must say how many threads both sides use")
        }
        Devices.current.setThreadCount(threads)
    }

    /// Where the results that are compared go.
    var outputs: URL { folder.appending(path: "\(engine).safetensors") }

    func workload() throws -> any Workload {
        let file = folder.appending(path: "inputs.safetensors")
        let inputs = Inputs(try Safetensors.load(contentsOf: file))
        switch (engine, name) {
        case ("ours", "convolution"): return try Convolution(inputs, precision)
        case ("ours", "matmul"): return try MatrixProduct(inputs, precision)
        case ("ours", "elementwise"): return try ElementwiseChain(inputs, precision)
        case ("ours", "resnet50"): return try ResNetForward(inputs, precision)
        case ("ours", "clip-text"): return try TextTower(file, inputs, precision)
        case ("ours", "sam-b-encoder"): return try SAMEncoding(file, inputs, precision)
        case ("ours", let name) where Tower.networks[name] != nil: return try Tower(name, file, inputs, precision)
        case ("ours", "uqdd-step"): return try TrainingStep(inputs, precision)
        case ("ours", "pspnet-step"): return try SegmentationStep(inputs, precision)
        case ("ours", "label-refinement"): return try LabelRefinement(inputs)
        case ("ours", "query"): return try Query(inputs, precision)
        case ("ours", "sd15-control-step"): return try ControlledStep(inputs, precision)
        case ("ours", "sd35-medium-step"): return try TransformerStep(inputs, precision)
        case ("ours", "vae-decode"): return try Decoding(inputs, precision)
        case ("ours", "loading"): return Loading(file, calls: false)
        case ("ours", "loading-call"): return Loading(file, calls: true)
        case ("ours", "coco-index"): return COCOInstances(folder.appending(path: "instances.json"))
        case ("primitive", "convolution"): return try BarePrimitive(convolution: inputs, precision)
        case ("primitive", "matmul"): return try BarePrimitive(product: inputs, precision)
        default: throw BenchmarkError("no workload \(name) for \(engine)")
        }
    }
}

/// Why a side cannot run.
struct BenchmarkError: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}

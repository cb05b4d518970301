internal import CForkedProcess
internal import Foundation

/// `operand-walk [--part 0/2] [--case 17] [--operations]`: every public operation through every operand, type and length, each
/// call in a process of its own. Ends with 1 where something else came than a right result or a trap with a message.
@main
enum OperandWalk {
    static func main() {
        let arguments = Array(CommandLine.arguments.dropFirst())
        if arguments.first == "--operations" {
            for name in Set(operationTable.map(\.function)).sorted() { print(name) }
            return
        }
        if arguments.first == "--case", arguments.count == 2, let number = Int(arguments[1]) {
            print(WalkedCase.all[number].description)
            Execution.run(WalkedCase.all[number])
            return
        }
        var (part, parts) = (0, 1)
        if arguments.first == "--part", arguments.count == 2 {
            let numbers = arguments[1].split(separator: "/").compactMap { Int($0) }
            guard numbers.count == 2, numbers[1] > 0 else { return usage() }
            (part, parts) = (numbers[0], numbers[1])
        } else if !arguments.isEmpty {
            return usage()
        }
        exit(walk(WalkedCase.all.indices.filter { $0 % parts == part }) ? 0 : 1)
    }

    private static func usage() {
        print("usage: operand-walk [--operations | --case NUMBER | --part I/N]")
        exit(2)
    }

    /// Runs cases by their numbers and prints the faults; whether there were none.
    private static func walk(_ numbers: [Int]) -> Bool {
        var (right, trapped, faults) = (0, 0, 0)
        var output = [CChar](repeating: 0, count: 1 << 16)
        for number in numbers {
            var length = 0
            let status = forked_process_run(
                { Execution.run(WalkedCase.all[Int($0)]) }, Int32(number), 60, &output, output.count, &length)
            let text = String(decoding: output[..<length].map { UInt8(bitPattern: $0) }, as: UTF8.self)
            switch Verdict(WalkedCase.all[number], status: status, output: text) {
            case .right: right += 1
            case .trapped: trapped += 1
            case .fault(let reason):
                faults += 1
                print("FAULT \(number): \(WalkedCase.all[number].description): \(reason)")
            }
        }
        print("\(numbers.count) cases: \(right) right results, \(trapped) traps with a message, \(faults) faults")
        return faults == 0
    }
}

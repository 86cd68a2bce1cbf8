#pragma once

// Where each kind is defined, for the table in kinds.cpp alone. Everyone else asks the table.

#include "stages/channel/kind.hpp"

namespace pipectl::channel {

extern const Kind kPipe;           ///< pipe.cpp
extern const Kind kFifo;           ///< fifo.cpp
extern const Kind kUnix;           ///< unix.cpp
extern const Kind kTcp;            ///< tcp.cpp
extern const Kind kFile;           ///< file.cpp
extern const Kind kUnixSeqpacket;  ///< unix_packets.cpp
extern const Kind kUnixDgram;      ///< unix_packets.cpp
extern const Kind kUdp;            ///< udp.cpp
extern const Kind kRaw;            ///< raw.cpp
extern const Kind kMq;             ///< mq.cpp
extern const Kind kSysvMq;         ///< sysv_mq.cpp
extern const Kind kShm;            ///< shm.cpp
extern const Kind kSysvShm;        ///< sysv_shm.cpp
extern const Kind kMmap;           ///< mmap.cpp
extern const Kind kNet;            ///< net.cpp

}  // namespace pipectl::channel

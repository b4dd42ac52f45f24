/** A small fabric as `ibnetdiscover -p` prints it. */
export const TOPOLOGY = `SW     7  3 0x98039b0300aa1100 4x NDR - CA    12  1 0x98039b0300bb2200 ( 'leaf-07 Quantum-2' - 'gpu-node-31 mlx5_4' )
SW     7  4 0x98039b0300aa1100 2x NDR - SW     3  9 0x98039b0300cc3300 ( 'leaf-07 Quantum-2' - 'spine-01' )
SW     7  5 0x98039b0300aa1100 4x SDR                                    'leaf-07 Quantum-2'
CA    12  1 0x98039b0300bb2200 4x NDR - SW     7  3 0x98039b0300aa1100 ( 'gpu-node-31 mlx5_4' - 'leaf-07 Quantum-2' )
SW     3  9 0x98039b0300cc3300 2x NDR - SW     7  4 0x98039b0300aa1100 ( 'spine-01' - 'leaf-07 Quantum-2' )
SW     3 10 0x98039b0300cc3300 4x SDR                                    'spine-01'
`;

export const LINKINFO = `0x98039b0300aa1100 "             leaf-07 Quantum-2"      7    3[  ] ==( 4X        106.25 Gbps Active/  LinkUp)==>  0x98039b0300bb2200     12    1[  ] "gpu-node-31 mlx5_4" ( )
0x98039b0300aa1100 "             leaf-07 Quantum-2"      7    4[  ] ==( 2X        106.25 Gbps Active/  LinkUp)==>  0x98039b0300cc3300      3    9[  ] "spine-01" (Could be 4X)
0x98039b0300aa1100 "             leaf-07 Quantum-2"      7    5[  ] ==(                Down/ Polling)==>             [  ] "" ( )
`;

export const EXTENDED = `# Port extended counters: Lid 14 port 3 (CapMask: 0x5A00 CapMask2: 0x0000002)
PortSelect:......................3
CounterSelect:...................0x0000
PortXmitData:....................900719925474
PortRcvData:.....................481036337152
PortXmitPkts:....................1759000000
PortRcvPkts:.....................940000000
PortXmitWait:....................55310922
`;

package main

import (
	"fmt"
	"time"

	"github.com/spf13/cobra"
	runtime "k8s.io/cri-api/pkg/apis/runtime/v1"
	cri "k8s.io/cri-client/pkg"
	"k8s.io/klog/v2"
)

// newStopPodsCommand stops every pod of a node whose kubelet is gone, as the kubelet itself would: through the container
// runtime, so that containers, network namespaces and addresses are given back.
func newStopPodsCommand() *cobra.Command {
	return &cobra.Command{
		Use:  "stop-pods <runtime endpoint>",
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			log := klog.Background()
			service, err := cri.NewRemoteRuntimeService(args[0], 10*time.Second, nil, &log)
			if err != nil {
				return err
			}
			pods, err := service.ListPodSandbox(cmd.Context(), &runtime.PodSandboxFilter{
				State: &runtime.PodSandboxStateValue{State: runtime.PodSandboxState_SANDBOX_READY},
			})
			if err != nil {
				return err
			}
			for _, pod := range pods {
				if err := service.StopPodSandbox(cmd.Context(), pod.Id); err != nil {
					return fmt.Errorf("stop pod %s/%s: %w", pod.Metadata.Namespace, pod.Metadata.Name, err)
				}
			}
			return nil
		},
	}
}
